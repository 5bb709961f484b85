import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import {
  getCorpora,
  getCorpusChunks,
  getFile,
  getFileChunks,
  getFiles,
  getImages,
  getMe,
  getMessages,
  getSession,
  getTrash,
  getUserSessions,
} from "./calls";
import { Problem } from "./problem";
import type { FilePage, Session, StoredFile } from "./types";

/** What the page has read of the server, and how each is read again. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always",
      staleTime: 5000,
      retry: (count, error) => count < 2 && error instanceof Problem && error.passing,
      retryDelay: (count) => 400 * 2 ** count,
    },
    mutations: { networkMode: "always" },
  },
});

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: getMe });

export const sessionsQuery = infiniteQueryOptions({
  queryKey: ["sessions"],
  queryFn: ({ pageParam }) => getUserSessions(pageParam),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next ?? undefined,
});

/** A session that is already in the list is shown at once, and read again. */
export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ["session", id],
    queryFn: () => getSession(id),
    placeholderData: () => listed(id),
  });

export const messagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["messages", id],
    queryFn: ({ pageParam }) => getMessages(id, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next_before ?? undefined,
  });

const reading = (pages: FilePage[] | undefined) =>
  pages?.some((page) => page.items.some((file) => file.text === "pending")) ?? false;

export const filesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["files", id],
    queryFn: ({ pageParam }) => getFiles(id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: (query) => (reading(query.state.data?.pages) ? 1000 : false),
  });

/** A file that is already in the list is shown at once, and read again. */
export const fileQuery = (session: string, id: string) =>
  queryOptions({
    queryKey: ["file", session, id],
    queryFn: () => getFile(session, id),
    placeholderData: () => listedFile(session, id),
    refetchInterval: (query) => (query.state.data?.text === "pending" ? 1000 : false),
  });

/** The files of a session that are pictures. */
export const imagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["images", id],
    queryFn: ({ pageParam }) => getImages(id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const trashQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["trash", id],
    queryFn: ({ pageParam }) => getTrash(id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const corporaQuery = queryOptions({ queryKey: ["corpora"], queryFn: getCorpora, staleTime: 60_000 });

export interface PassageOf {
  session: string;
  document: string;
  corpus: string | undefined;
}

export const chunksQuery = ({ session, document, corpus }: PassageOf, first: number, limit: number) =>
  queryOptions({
    queryKey: ["chunks", corpus ?? session, document, first, limit],
    queryFn: () =>
      corpus === undefined
        ? getFileChunks(session, document, first, limit)
        : getCorpusChunks(corpus, document, first, limit),
  });

export function listed(id: string): Session | undefined {
  const pages = queries.getQueryData(sessionsQuery.queryKey)?.pages ?? [];
  return pages.flatMap((page) => page.items).find((session) => session.id === id);
}

function listedFile(session: string, id: string): StoredFile | undefined {
  return [filesQuery(session).queryKey, imagesQuery(session).queryKey]
    .flatMap((key) => queries.getQueryData(key)?.pages ?? [])
    .flatMap((page) => page.items)
    .find((file) => file.id === id);
}
