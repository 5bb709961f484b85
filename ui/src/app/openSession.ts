import { createSession, switchSession } from "../api/calls";
import { keepNewSession } from "../api/cache";
import { meQuery, queries, sessionsQuery } from "../api/queries";
import { adoptUploads } from "../features/files/uploads";
import { adoptDraft } from "../features/thread/drafts";

let making: Promise<string> | null = null;

/**
 * Makes a session of the draft: one, however many ask at once. All else waits for it, as a newcomer's
 * cookie comes with its answer. `made` hears its id. Raises `Problem`; the draft is then still a draft.
 */
export function makeSession(title: string, made: (id: string) => void): Promise<string> {
  making ??= createSession(title ? { title } : {})
    .then((session) => {
      keepNewSession(session);
      queries.setQueryData(
        meQuery.queryKey,
        (me) => me && { ...me, session_id: me.session_id ?? session.id },
      );
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
      void queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
      adoptDraft(session.id);
      adoptUploads(session.id);
      made(session.id);
      return session.id;
    })
    .finally(() => {
      making = null;
    });
  return making;
}

/** Makes a session the device's current one. When that fails the page still shows it; the next opening tries again. */
export async function moveTo(id: string): Promise<void> {
  if (queries.getQueryData(meQuery.queryKey)?.session_id === id) return;
  try {
    queries.setQueryData(meQuery.queryKey, await switchSession(id));
  } catch (thrown) {
    console.warn(thrown);
  }
}
