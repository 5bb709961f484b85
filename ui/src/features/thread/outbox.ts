import { addMessage } from "../../api/calls";
import { keepMessage, refreshSession } from "../../api/cache";
import { asProblem, type Problem } from "../../api/problem";
import { Store } from "../../api/store";
import { uuid } from "../../api/uuid";
import { answer, settle } from "./runs";

/** A message on its way. `session` is null while its session is still a draft. */
export interface Sending {
  id: string;
  session: string | null;
  text: string;
  problem: Problem | null;
}

/** Answers the id of the session to write to; makes it first when it is a draft. */
export type OpenSession = (title: string) => Promise<string>;

export const outbox = new Store<Sending[]>([]);

function change(id: string, part: Partial<Sending>): void {
  outbox.set(outbox.get().map((sending) => (sending.id === id ? { ...sending, ...part } : sending)));
}

export function discard(id: string): void {
  outbox.set(outbox.get().filter((sending) => sending.id !== id));
}

/** A title from the first words of a message. */
export function titleFrom(text: string): string {
  const line = text.trim().split("\n")[0]!.replace(/\s+/g, " ");
  return line.length <= 60
    ? line
    : `${line.slice(0, line.lastIndexOf(" ", 58) > 20 ? line.lastIndexOf(" ", 58) : 58)}…`;
}

/** Sends a message kept in the outbox. Sending it again keeps one message, as its id stays the same. */
export async function deliver(id: string, open: OpenSession): Promise<void> {
  const sending = outbox.get().find((each) => each.id === id);
  if (!sending) return;
  change(id, { problem: null });
  try {
    const session = sending.session ?? (await open(titleFrom(sending.text)));
    await settle(session);
    await keepMessage(session, await addMessage(session, id, sending.text));
    discard(id);
    refreshSession(session);
    void answer(session, id);
  } catch (thrown) {
    change(id, { problem: asProblem(thrown) });
  }
}

/** Shows a message at once, and sends it. */
export function send(session: string | null, text: string, open: OpenSession): void {
  const id = uuid();
  outbox.set([...outbox.get(), { id, session, text, problem: null }]);
  void deliver(id, open);
}
