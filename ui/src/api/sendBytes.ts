import { problemFrom, unreachable } from "./problem";

/** So long may a request stand still before it counts as lost. */
const STILL_MS = 90_000;

interface Sending {
  address: string;
  headers: Record<string, string>;
  body: Blob;
  /** Hears how many bytes of the body have left. */
  sent: (bytes: number) => void;
  signal: AbortSignal;
}

/** What came back: its headers by name, and its body, null when that is no JSON. */
export interface Sent {
  header: (name: string) => string | null;
  body: unknown;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Sends bytes by PATCH and tells how far it is, which `fetch` cannot. An abort ends it with `AbortError`; else it raises `Problem`. */
export function sendBytes({ address, headers, body, sent, signal }: Sending): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let timer = 0;
    let still = false;
    const stir = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        still = true;
        abort();
      }, STILL_MS);
    };
    if (signal.aborted) return reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", abort);
    request.upload.addEventListener("progress", (event) => {
      stir();
      sent(event.loaded);
    });
    request.addEventListener("abort", () => reject(still ? unreachable() : new DOMException("", "AbortError")));
    request.addEventListener("error", () => reject(unreachable()));
    request.addEventListener("load", () => {
      const answer = json(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        resolve({ header: (name) => request.getResponseHeader(name), body: answer });
      } else reject(problemFrom(request.status, answer));
    });
    request.addEventListener("loadend", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    });
    request.open("PATCH", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    stir();
    request.send(body);
    return undefined;
  });
}
