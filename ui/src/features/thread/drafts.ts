import { outbox } from "./outbox";

/** Words typed and not sent, per session, for the life of the page. */
const drafts = new Map<string, string>();

export function draftOf(session: string | null): string {
  return drafts.get(session ?? "") ?? "";
}

export function keepDraft(session: string | null, text: string): void {
  drafts.set(session ?? "", text);
}

/** A draft session was made: what was typed and sent in it is now the session's. */
export function adoptDraft(session: string): void {
  keepDraft(session, draftOf(null));
  keepDraft(null, "");
  outbox.set(outbox.get().map((sending) => (sending.session === null ? { ...sending, session } : sending)));
}
