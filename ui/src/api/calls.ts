import createClient from "openapi-fetch";
import { problemOf, unreachable } from "./problem";
import type { paths } from "./schema";
import type {
  ChunkWindow,
  Corpus,
  FilePage,
  Me,
  Message,
  MessagePage,
  Session,
  SessionCreate,
  SessionPage,
  SessionPatch,
  StoredFile,
} from "./types";

/** The calls of the page, named as the operations of the API. Each raises `Problem`. */

const client = createClient<paths>({ baseUrl: "/" });
client.use({
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
  onError({ error }) {
    return error instanceof DOMException && error.name === "AbortError" ? error : unreachable();
  },
});

const me = { user_id: "me" };
const of = (session_id: string) => ({ user_id: "me", session_id });
const session = "/v1/sessions/{user_id}/{session_id}";

/** The body of an answer that has one. */
async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

export function getMe(): Promise<Me> {
  return body(client.GET("/v1/me"));
}

export function switchSession(session_id: string): Promise<Me> {
  return body(client.PUT("/v1/me/session", { body: { session_id } }));
}

/** Two tabs of a newcomer wait for each other here, so that they become one visitor. */
export async function createSession(create: SessionCreate): Promise<Session> {
  const call = () => body(client.POST("/v1/sessions/{user_id}", { params: { path: me }, body: create }));
  return await (navigator.locks ? navigator.locks.request("sojourn-create", call) : call());
}

export function getUserSessions(cursor?: string): Promise<SessionPage> {
  return body(client.GET("/v1/sessions/{user_id}", { params: { path: me, query: { cursor, limit: 50 } } }));
}

export function getSession(id: string): Promise<Session> {
  return body(client.GET(session, { params: { path: of(id) } }));
}

export function patchSession(id: string, patch: SessionPatch): Promise<Session> {
  return body(client.PATCH(session, { params: { path: of(id) }, body: patch }));
}

export async function deleteSession(id: string): Promise<void> {
  await client.DELETE(session, { params: { path: of(id) } });
}

export function getMessages(id: string, before?: number): Promise<MessagePage> {
  return body(client.GET(`${session}/messages`, { params: { path: of(id), query: { before, limit: 50 } } }));
}

/** Repeating it with the same `message` id keeps one message. */
export function addMessage(id: string, message: string, text: string): Promise<Message> {
  return body(
    client.POST(`${session}/messages`, {
      params: { path: of(id), header: { "Idempotency-Key": message } },
      body: { id: message, role: "user", text },
    }),
  );
}

export function getFiles(id: string, cursor?: string): Promise<FilePage> {
  return body(client.GET(`${session}/files`, { params: { path: of(id), query: { cursor, limit: 100 } } }));
}

/** The files in the trash of a session. */
export function getTrash(id: string, cursor?: string): Promise<FilePage> {
  const query = { cursor, limit: 100, deleted: true };
  return body(client.GET(`${session}/files`, { params: { path: of(id), query } }));
}

export function getFile(id: string, file_id: string): Promise<StoredFile> {
  return body(client.GET(`${session}/files/{file_id}`, { params: { path: { ...of(id), file_id } } }));
}

/** Into the trash. */
export async function deleteFile(id: string, file_id: string): Promise<void> {
  const query = { erase: true };
  await client.DELETE(`${session}/files/{file_id}`, { params: { path: { ...of(id), file_id }, query } });
}

/** Out of the trash. */
export function restoreFile(id: string, file_id: string): Promise<StoredFile> {
  const params = { path: { ...of(id), file_id } };
  return body(client.PATCH(`${session}/files/{file_id}`, { params, body: { deleted: false } }));
}

/** For good. */
export async function eraseFile(id: string, file_id: string): Promise<void> {
  const params = { path: { ...of(id), file_id }, query: { erase: true } };
  await client.DELETE(`${session}/files/{file_id}`, { params });
}

export function getImages(id: string, cursor?: string): Promise<FilePage> {
  return body(client.GET(`${session}/images`, { params: { path: of(id), query: { cursor, limit: 100 } } }));
}

export function fileAddress(id: string, file: string): string {
  return `/v1/sessions/me/${encodeURIComponent(id)}/files/${encodeURIComponent(file)}/content`;
}

/** A picture in small, no side longer than about `px` points of the screen. */
export function thumbnailAddress(id: string, image: string, px: number): string {
  return `/v1/sessions/me/${encodeURIComponent(id)}/images/${encodeURIComponent(image)}/thumbnail?px=${px}`;
}

export function getFileChunks(
  id: string,
  file_id: string,
  first: number,
  limit: number,
): Promise<ChunkWindow> {
  return body(
    client.GET(`${session}/files/{file_id}/chunks`, {
      params: { path: { ...of(id), file_id }, query: { first, limit } },
    }),
  );
}

export async function getCorpora(): Promise<Corpus[]> {
  return (await body(client.GET("/v1/corpora"))).items;
}

export function getCorpusChunks(
  name: string,
  document_id: string,
  first: number,
  limit: number,
): Promise<ChunkWindow> {
  return body(
    client.GET("/v1/corpora/{name}/documents/{document_id}/chunks", {
      params: { path: { name, document_id }, query: { first, limit } },
    }),
  );
}
