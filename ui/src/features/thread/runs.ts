import { keepMessage, refreshSession } from "../../api/cache";
import { createRun } from "../../api/createRun";
import { asProblem, Problem } from "../../api/problem";
import { Store } from "../../api/store";
import type { Citation, Message } from "../../api/types";
import { announce } from "../../ui/Announcer";
import { answerTo, hasAnswer, pause, readAgain, untilAnswered } from "./kept";
import { plainWords, withMarker } from "./markers";

/** An answer being made, or one that was not read to its end. */
export interface Run {
  session: string;
  state: "waiting" | "streaming" | "stopped" | "failed";
  title: string | null;
  text: string;
  citations: Citation[];
  problem: Problem | null;
  abort: AbortController;
}

/** By the id of the message that each answers. A finished run is a message, and no longer here. */
export const runs = new Store<ReadonlyMap<string, Run>>(new Map());

/** How often to look for an answer that is made elsewhere: a quarter of an hour in all. */
const LOOKS = 450;
/** How often to look for the rest of a stopped answer before the next message goes out: a minute. */
const LOOKS_BEFORE_NEXT = 30;

function change(message: string, part: Partial<Run>): void {
  const run = runs.get().get(message);
  if (run) runs.set(new Map(runs.get()).set(message, { ...run, ...part }));
}

function forget(message: string): void {
  const rest = new Map(runs.get());
  rest.delete(message);
  runs.set(rest);
}

function going(run: Run): boolean {
  return run.state === "waiting" || run.state === "streaming";
}

/** The message of a session that is being answered now. */
export function answering(session: string | null, all: ReadonlyMap<string, Run>): string | undefined {
  return [...all].find(([, run]) => run.session === session && going(run))?.[0];
}

/** Reads one answer as it is made, and shows its words at most once a frame. */
async function read(session: string, message: string, signal: AbortSignal): Promise<Message> {
  let text = "";
  let citations: Citation[] = [];
  let frame = 0;
  const show = () => {
    frame = 0;
    change(message, { state: "streaming", text, citations });
  };
  try {
    for await (const event of createRun(session, signal)) {
      if (event.type === "done") return event.message;
      if (event.type === "start") change(message, { title: event.title });
      else if (event.type === "delta") text += event.text;
      else {
        text = withMarker(text, event.citation.number);
        citations = [...citations, event.citation];
      }
      if (event.type !== "start") frame ||= requestAnimationFrame(show);
    }
    throw new Problem(0, "cut", "");
  } finally {
    cancelAnimationFrame(frame);
    if (text) show();
  }
}

/** Has a message answered. One that is being answered already, for another page, is waited for. */
async function finish(session: string, message: string, signal: AbortSignal): Promise<void> {
  for (let look = 0; look < LOOKS && !hasAnswer(session, message); look += 1) {
    try {
      await keepMessage(session, await read(session, message, signal));
      return;
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.status !== 409 || thrown.code !== "conflict") throw thrown;
    }
    await pause(signal);
    await readAgain(session);
  }
}

/** Shows the answer to the newest message: as it is made, or the one that is kept. */
export async function answer(session: string, message: string): Promise<void> {
  if (answering(session, runs.get())) return;
  const abort = new AbortController();
  const fresh: Run = {
    session,
    state: "waiting",
    title: null,
    text: "",
    citations: [],
    problem: null,
    abort,
  };
  const again = runs.get().has(message);
  runs.set(new Map(runs.get()).set(message, fresh));
  try {
    if (again) await readAgain(session);
    await finish(session, message, abort.signal);
    forget(message);
    const text = plainWords(answerTo(session, message));
    if (text && location.pathname.endsWith(session)) announce(text);
  } catch (thrown) {
    if (abort.signal.aborted) change(message, { state: "stopped" });
    else {
      change(message, { state: "failed", problem: asProblem(thrown) });
      void readAgain(session);
    }
  }
  refreshSession(session);
}

/** Stops reading an answer; what came so far stays on the page, and the whole is kept by the server. */
export function stop(message: string): void {
  runs.get().get(message)?.abort.abort();
}

/** The messages of a session whose answers were stopped and are not here yet: the server still makes them. */
export function stopped(session: string | null, all: ReadonlyMap<string, Run>): string[] {
  return [...all]
    .filter(([, run]) => run.session === session && run.state === "stopped")
    .map(([message]) => message);
}

/** Waits for the stopped answers of a session: a message sent before they are kept would come between. */
export async function settle(session: string): Promise<void> {
  for (const message of stopped(session, runs.get())) {
    await untilAnswered(session, message, LOOKS_BEFORE_NEXT, new AbortController().signal);
    forget(message);
  }
}
