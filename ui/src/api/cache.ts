import type { InfiniteData, QueryKey } from "@tanstack/react-query";
import {
  fileQuery,
  filesQuery,
  imagesQuery,
  messagesQuery,
  queries,
  sessionQuery,
  sessionsQuery,
  trashQuery,
} from "./queries";
import type { FilePage, Message, MessagePage, Session, StoredFile } from "./types";

/** What the page learns from its own writes goes into what it has read, without reading it again. */

/** A session just made: first in the list, with nothing in it. */
export function keepNewSession(session: Session): void {
  queries.setQueryData(sessionQuery(session.id).queryKey, session);
  queries.setQueryData(messagesQuery(session.id).queryKey, {
    pages: [{ items: [], next_before: null }],
    pageParams: [undefined],
  });
  queries.setQueryData(filesQuery(session.id).queryKey, {
    pages: [{ items: [], next: null }],
    pageParams: [undefined],
  });
  queries.setQueryData(sessionsQuery.queryKey, (known) => {
    const [first, ...rest] = known?.pages ?? [{ items: [], next: null }];
    const items = [session, ...first!.items.filter((other) => other.id !== session.id)];
    return { pages: [{ ...first!, items }, ...rest], pageParams: known?.pageParams ?? [undefined] };
  });
}

/** A session as the server now has it. */
export function keepSession(session: Session): void {
  queries.setQueryData(sessionQuery(session.id).queryKey, session);
  queries.setQueryData(
    sessionsQuery.queryKey,
    (known) =>
      known && {
        ...known,
        pages: known.pages.map((page) => ({
          ...page,
          items: page.items.map((other) => (other.id === session.id ? session : other)),
        })),
      },
  );
}

/** Takes a session out of the list. */
export function dropSession(id: string): void {
  queries.setQueryData(
    sessionsQuery.queryKey,
    (known) =>
      known && {
        ...known,
        pages: known.pages.map((page) => ({ ...page, items: page.items.filter((other) => other.id !== id) })),
      },
  );
}

/** Changes what was read of a list. A read begun before is given up, as its answer would lack the change. */
async function amend<Page>(
  key: QueryKey,
  change: (known: InfiniteData<Page>) => InfiniteData<Page>,
): Promise<void> {
  await queries.cancelQueries({ queryKey: key });
  const known = queries.getQueryData<InfiniteData<Page>>(key);
  if (known === undefined) await queries.invalidateQueries({ queryKey: key });
  else queries.setQueryData(key, change(known));
}

/** A message that is now kept: the newest. */
export function keepMessage(session: string, message: Message): Promise<void> {
  return amend<MessagePage>(messagesQuery(session).queryKey, (known) => {
    const [newest, ...older] = known.pages;
    const items = [...newest!.items.filter((other) => other.id !== message.id), message];
    return { ...known, pages: [{ ...newest!, items }, ...older] };
  });
}

/** A file that is now kept: the last of the list, as the server has them in the order they came. */
export function keepFile(session: string, file: StoredFile): Promise<void> {
  if (file.picture) void queries.invalidateQueries({ queryKey: imagesQuery(session).queryKey });
  return amend<FilePage>(filesQuery(session).queryKey, (known) => {
    const last = known.pages.at(-1)!;
    if (last.next !== null) return known;
    const items = [...last.items.filter((other) => other.id !== file.id), file];
    return { ...known, pages: [...known.pages.slice(0, -1), { ...last, items }] };
  });
}

/** Takes a file out of the list, and out of the pictures. */
export async function dropFile(session: string, id: string): Promise<void> {
  for (const { queryKey } of [filesQuery(session), imagesQuery(session)]) {
    if (queries.getQueryData(queryKey) === undefined) continue;
    await amend<FilePage>(queryKey, (known) => without(known, id));
  }
}

/** Takes a file out of the trash's list. */
export function dropTrashed(session: string, id: string): Promise<void> {
  return amend<FilePage>(trashQuery(session).queryKey, (known) => without(known, id));
}

function without(known: InfiniteData<FilePage>, id: string): InfiniteData<FilePage> {
  const pages = known.pages.map((page) => ({ ...page, items: page.items.filter((other) => other.id !== id) }));
  return { ...known, pages };
}

/** Reads again all lists that a file may have come into or left. */
export function refreshFiles(session: string): void {
  for (const { queryKey } of [filesQuery(session), imagesQuery(session), trashQuery(session)]) {
    void queries.invalidateQueries({ queryKey });
  }
  refreshSession(session);
}

/** What is known of one file is read again. */
export function refreshFile(session: string, id: string): void {
  void queries.invalidateQueries({ queryKey: fileQuery(session, id).queryKey });
}

/** Reads again what a write to a session changes beside its own answer: order, counts, titles. */
export function refreshSession(id: string): void {
  void queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  void queries.invalidateQueries({ queryKey: sessionQuery(id).queryKey });
}
