import { problemFrom, problemOf, Problem, unreachable } from "./problem";
import { type Sent, sentEvents } from "./sentEvents";
import { strings } from "./strings";
import type { Citation, Message, RunEvent } from "./types";

/** The event of the run that was sent, or nothing when this page does not know its name. */
function runEvent({ event, data }: Sent): RunEvent | null {
  const said: unknown = JSON.parse(data);
  switch (event) {
    case "start":
      return { type: "start", title: (said as { title: string }).title };
    case "delta":
      return { type: "delta", text: (said as { text: string }).text };
    case "citation":
      return { type: "citation", citation: said as Citation };
    case "done":
      return { type: "done", message: said as Message };
    case "problem":
      throw problemFrom((said as { status?: number }).status ?? 500, said);
    default:
      return null;
  }
}

/** Answers the newest user message of a session, as it is made. The last event is `done`; else it raises `Problem`. */
export async function* createRun(session: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const response = await fetch(`/v1/sessions/me/${encodeURIComponent(session)}/runs`, {
    method: "POST",
    headers: { accept: "text/event-stream", "content-type": "application/json" },
    body: "{}",
    signal,
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    yield { type: "done", message: (await response.json()) as Message };
    return;
  }
  for await (const sent of sentEvents(response.body!)) {
    const event = runEvent(sent);
    if (event) yield event;
    if (event?.type === "done") return;
  }
  throw new Problem(0, "cut", strings.cut);
}
