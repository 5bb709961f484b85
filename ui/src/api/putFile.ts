import { sendBytes } from "./sendBytes";
import type { StoredFile } from "./types";

/** Sends the bytes of a file as they are. `sent` hears how many have left; an abort ends it with `AbortError`. */
export async function putFile(
  session: string,
  file: File,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<StoredFile> {
  const answer = await sendBytes({
    method: "PUT",
    address: `/v1/sessions/me/${encodeURIComponent(session)}/files?name=${encodeURIComponent(file.name)}`,
    headers: { "content-type": file.type || "application/octet-stream" },
    body: file,
    sent,
    signal,
  });
  return answer.body as StoredFile;
}
