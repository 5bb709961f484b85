import { keepFile, refreshSession } from "../../api/cache";
import { asProblem, Problem } from "../../api/problem";
import { putFile } from "../../api/putFile";
import { Store } from "../../api/store";
import { uuid } from "../../api/uuid";
import { sizeWords } from "../../ui/format";
import { strings } from "./strings";

/** A file on its way. `session` is null while its session is still a draft. */
export interface Upload {
  id: string;
  session: string | null;
  file: File;
  sent: number;
  state: "waiting" | "sending" | "failed";
  problem: Problem | null;
  abort: AbortController;
}

/** Answers the id of the session to write to; makes it first when it is a draft. */
export type OpenSession = (title: string) => Promise<string>;

const AT_ONCE = 2;

export const uploads = new Store<Upload[]>([]);

function change(id: string, part: Partial<Upload>): void {
  uploads.set(uploads.get().map((upload) => (upload.id === id ? { ...upload, ...part } : upload)));
}

function forget(id: string): void {
  uploads.set(uploads.get().filter((upload) => upload.id !== id));
}

async function put(upload: Upload, open: OpenSession): Promise<void> {
  const { id, file, abort } = upload;
  change(id, { state: "sending" });
  try {
    const session = uploads.get().find((each) => each.id === id)?.session ?? (await open(""));
    const kept = await putFile(session, file, (sent) => change(id, { sent }), abort.signal);
    await keepFile(session, kept);
    forget(id);
    refreshSession(session);
  } catch (thrown) {
    if (abort.signal.aborted) forget(id);
    else change(id, { state: "failed", problem: asProblem(thrown) });
  }
}

/** Sends what waits, a few at once; each that ends lets the next begin. */
function next(open: OpenSession): void {
  const all = uploads.get();
  const free = AT_ONCE - all.filter((upload) => upload.state === "sending").length;
  for (const upload of all.filter((each) => each.state === "waiting").slice(0, Math.max(0, free))) {
    void put(upload, open).then(() => next(open));
  }
}

/** Why a file is not even tried. */
function refusal(file: File, limit: number): Problem | null {
  if (file.size > limit) return new Problem(413, "limit_exceeded", strings.tooLarge(sizeWords(limit)));
  return file.size === 0 ? new Problem(422, "invalid", strings.isEmpty) : null;
}

/** Adds files to a session, in order. Those over `limit` bytes or without any are refused at once. */
export function add(session: string | null, files: File[], limit: number, open: OpenSession): void {
  const fresh = files.map((file): Upload => {
    const problem = refusal(file, limit);
    const state = problem ? "failed" : "waiting";
    return { id: uuid(), session, file, sent: 0, state, problem, abort: new AbortController() };
  });
  uploads.set([...uploads.get(), ...fresh]);
  next(open);
}

/** Ends an upload, or takes a failed one out of sight. */
export function cancel(upload: Upload): void {
  upload.abort.abort();
  forget(upload.id);
}

export function again(upload: Upload, open: OpenSession): void {
  change(upload.id, { state: "waiting", sent: 0, problem: null });
  next(open);
}

/** A draft session was made: what was added to it is now the session's. */
export function adoptUploads(session: string): void {
  uploads.set(uploads.get().map((upload) => (upload.session === null ? { ...upload, session } : upload)));
}
