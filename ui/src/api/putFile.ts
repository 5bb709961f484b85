import { problemFrom, unreachable } from "./problem";
import type { StoredFile } from "./types";

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Sends the bytes of a file as they are. `sent` hears how many have left; an abort ends it with `AbortError`. */
export function putFile(
  session: string,
  file: File,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const aborted = () => reject(new DOMException("", "AbortError"));
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.upload.addEventListener("progress", (event) => sent(event.loaded));
    request.addEventListener("abort", aborted);
    request.addEventListener("error", () => reject(unreachable()));
    request.addEventListener("load", () => {
      const answer = json(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer as StoredFile);
      else reject(problemFrom(request.status, answer));
    });
    const name = encodeURIComponent(file.name);
    request.open("PUT", `/v1/sessions/me/${encodeURIComponent(session)}/files?name=${name}`);
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.send(file);
    return undefined;
  });
}
