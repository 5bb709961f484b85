import { messagesQuery, queries } from "../../api/queries";
import type { Message } from "../../api/types";
import { answered, spoken } from "./rows";

const PAUSE_MS = 2000;
const RECENT_MS = 120_000;

/** The messages of a session that are read so far, oldest first. */
export function known(session: string): Message[] {
  const pages = queries.getQueryData(messagesQuery(session).queryKey)?.pages ?? [];
  return [...pages].reverse().flatMap((page) => page.items);
}

/** The words of the answer that followed a message; empty when there is none. */
export function answerTo(session: string, message: string): string {
  const messages = spoken(known(session));
  const place = messages.findIndex((each) => each.id === message);
  return messages.slice(place + 1).find((each) => each.role === "assistant")?.text ?? "";
}

export function hasAnswer(session: string, message: string): boolean {
  return answered(spoken(known(session))).has(message);
}

/** Reads the newest messages again. What goes wrong is seen where they are shown. */
export async function readAgain(session: string): Promise<void> {
  await queries.refetchQueries({ queryKey: messagesQuery(session).queryKey });
}

/** Waits a little. Raises `AbortError` when that is given up. */
export function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("", "AbortError"));
    if (signal.aborted) return stop();
    setTimeout(resolve, PAUSE_MS);
    signal.addEventListener("abort", stop, { once: true });
    return undefined;
  });
}

/** Waits until a message has its answer, which is being made without this page; not forever. */
export async function untilAnswered(
  session: string,
  message: string,
  looks: number,
  signal: AbortSignal,
): Promise<void> {
  for (let look = 0; look < looks && !hasAnswer(session, message); look += 1) {
    if (look > 0) await pause(signal);
    await readAgain(session);
  }
}

/** How soon to look for an answer that nobody here waits for: it may be in the making elsewhere. */
export function nextLook(session: string, waited: ReadonlyMap<string, unknown>): number | false {
  const last = spoken(known(session)).at(-1);
  if (last?.role !== "user" || waited.has(last.id)) return false;
  return Date.now() - Date.parse(last.created_at) < RECENT_MS ? PAUSE_MS : false;
}
