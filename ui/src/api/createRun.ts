import { problemFrom, problemOf, Problem, unreachable } from "./problem";
import { strings } from "./strings";
import type { Citation, Message, RunEvent } from "./types";

interface Sent {
  event: string;
  data: string;
}

/** The events of a text/event-stream body. Comments and fields without a use here are passed over. */
async function* sentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<Sent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = "message";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { event, data: data.join("\n") };
          event = "message";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") event = text;
        else if (field === "data") data.push(text);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

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
