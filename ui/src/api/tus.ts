import { problemOf, unreachable } from "./problem";
import { sendBytes } from "./sendBytes";
import type { PartialUpload } from "./types";

/** Files that come piece by piece and may be broken off: the tus protocol, 1.0. Each call raises `Problem`. */

const VERSION = { "tus-resumable": "1.0.0" };

function addressOf(session: string, upload?: string): string {
  const all = `/v1/sessions/me/${encodeURIComponent(session)}/uploads`;
  return upload === undefined ? all : `${all}/${encodeURIComponent(upload)}`;
}

async function ask(address: string, init: RequestInit): Promise<Response> {
  const response = await fetch(address, init).catch((thrown: unknown) => {
    throw thrown instanceof DOMException && thrown.name === "AbortError" ? thrown : unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** The uploads of a session that are not finished, oldest first. */
export async function getUploads(session: string): Promise<PartialUpload[]> {
  const response = await ask(addressOf(session), { headers: { accept: "application/json" } });
  return ((await response.json()) as { items: PartialUpload[] }).items;
}

/** Announces a file. Answers the id of its upload. */
export async function createUpload(
  session: string,
  name: string,
  size: number,
  signal: AbortSignal,
): Promise<string> {
  const metadata = `filename ${base64(new TextEncoder().encode(name))}`;
  const headers = { ...VERSION, "upload-length": String(size), "upload-metadata": metadata };
  const response = await ask(addressOf(session), { method: "POST", headers, signal });
  await response.arrayBuffer();
  return decodeURIComponent(response.headers.get("location")!.replace(/\/$/, "").split("/").at(-1)!);
}

/** How many bytes the server holds. */
export async function headUpload(session: string, upload: string, signal: AbortSignal): Promise<number> {
  const init = { method: "HEAD", headers: VERSION, signal };
  const response = await ask(addressOf(session, upload), init);
  return Number(response.headers.get("upload-offset"));
}

/** Sends the piece that begins at `offset`, with a digest of it. Answers how many bytes the server then holds. */
export async function patchUpload(
  session: string,
  upload: string,
  offset: number,
  piece: Blob,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const headers: Record<string, string> = {
    ...VERSION,
    "content-type": "application/offset+octet-stream",
    "upload-offset": String(offset),
  };
  // Plain http to another machine has no `subtle`.
  if (crypto.subtle as SubtleCrypto | undefined) {
    const digest = await crypto.subtle.digest("SHA-256", await piece.arrayBuffer());
    headers["upload-checksum"] = `sha256 ${base64(new Uint8Array(digest))}`;
  }
  const address = addressOf(session, upload);
  const answer = await sendBytes({ address, headers, body: piece, sent, signal });
  return Number(answer.header("upload-offset"));
}

/** Gives an upload up. */
export async function deleteUpload(session: string, upload: string): Promise<void> {
  await ask(addressOf(session, upload), { method: "DELETE", headers: VERSION });
}
