import { problemFrom, problemOf, Problem, unreachable } from "./problem";
import { sentEvents } from "./sentEvents";
import { strings } from "./strings";
import type { Unpacked, UnpackEvent } from "./types";

/**
 * Takes the files out of an archive: all of them or none; with `partial` those that are fit. Tells how far it is;
 * the last event is `done`, else it raises `Problem`. An abort stops it, and nothing is kept.
 */
export async function* unpackFile(
  session: string,
  archive: string,
  partial: boolean,
  signal: AbortSignal,
): AsyncGenerator<UnpackEvent> {
  const file = encodeURIComponent(archive);
  const response = await fetch(`/v1/sessions/me/${encodeURIComponent(session)}/files/${file}/unpack`, {
    method: "POST",
    headers: { accept: "text/event-stream", "content-type": "application/json" },
    body: JSON.stringify({ partial }),
    signal,
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  for await (const { event, data } of sentEvents(response.body!)) {
    const said: unknown = JSON.parse(data);
    if (event === "progress") {
      yield { type: "progress", ...(said as { entries: number; total: number; bytes: number }) };
    } else if (event === "done") {
      yield { type: "done", unpacked: said as Unpacked };
      return;
    } else if (event === "problem") {
      throw problemFrom((said as { status?: number }).status ?? 500, said);
    }
  }
  throw new Problem(0, "cut", strings.cut);
}
