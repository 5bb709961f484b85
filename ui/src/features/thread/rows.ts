import type { Message } from "../../api/types";
import type { Sending } from "./outbox";
import type { Run } from "./runs";

export type Row =
  | { kind: "message"; key: string; message: Message }
  | { kind: "run"; key: string; run: Run; message: string }
  | { kind: "unanswered"; key: string; message: string }
  | { kind: "sending"; key: string; sending: Sending };

/** What people and their answers said; what tools and systems say is not shown. */
export function spoken(messages: Message[]): Message[] {
  return messages.filter((message) => message.role === "user" || message.role === "assistant");
}

/** The ids of messages that have an answer: it names them, or follows them. */
export function answered(messages: Message[]): Set<string> {
  const ids = new Set<string>();
  messages.forEach((message, place) => {
    if (message.role !== "assistant") return;
    const named = message.metadata?.answers;
    const before = messages[place - 1];
    if (typeof named === "string") ids.add(named);
    else if (before) ids.add(before.id);
  });
  return ids;
}

/** What the thread shows, oldest first: kept messages, the runs that answer them, then what is on its way. */
export function rows(messages: Message[], runs: ReadonlyMap<string, Run>, outbox: Sending[]): Row[] {
  const shown = spoken(messages);
  const done = answered(shown);
  const kept = new Set(shown.map((message) => message.id));
  const waiting = outbox.filter((sending) => !kept.has(sending.id));
  const made: Row[] = [];
  shown.forEach((message, place) => {
    made.push({ kind: "message", key: message.id, message });
    if (message.role !== "user" || done.has(message.id)) return;
    const run = runs.get(message.id);
    const key = `run ${message.id}`;
    const last = place === shown.length - 1 && waiting.length === 0;
    if (run) made.push({ kind: "run", key, run, message: message.id });
    else if (last) made.push({ kind: "unanswered", key, message: message.id });
  });
  for (const sending of waiting) made.push({ kind: "sending", key: sending.id, sending });
  return made;
}
