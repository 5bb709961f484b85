import { keepFile, refreshSession } from "../../api/cache";
import { Problem } from "../../api/problem";
import { queries } from "../../api/queries";
import { signedOut } from "../../api/signedOut";
import { Store } from "../../api/store";
import { deleteUpload } from "../../api/tus";
import type { StoredFile } from "../../api/types";
import { uuid } from "../../api/uuid";
import { announce } from "../../ui/Announcer";
import { sizeWords } from "../../ui/format";
import * as depot from "./depot";
import { lostQuery } from "./lost";
import { send, whyEnded } from "./send";
import { strings } from "./strings";
import { offer } from "./unpacking";

type UploadState = "waiting" | "sending" | "paused" | "failed" | "kept";

/** A file on its way. `session` is null while its session is still a draft. */
export interface Upload {
  id: string;
  session: string | null;
  file: File;
  sent: number;
  state: UploadState;
  problem: Problem | null;
  /** Its id at the server, once it has one: it can go on from where it was broken off. */
  remote: string | null;
  /** It may have been announced to the server, with the answer lost. */
  begun: boolean;
  /** The browser has a copy: it goes on after a reload. */
  held: boolean;
  at: number;
  abort: AbortController;
  /** Answers the id of the session to write to; makes it first when it is a draft. */
  open: () => Promise<string>;
  /** Lets other pages of this browser have it. */
  release: () => void;
}

/** Answers the id of the session to write to; makes it first when it is a draft. */
export type OpenSession = (title: string) => Promise<string>;

const AT_ONCE = 4;
const LONGEST_REST_MS = 30_000;
const BUSY = [0, 408, 429, 502, 503, 504];

export const uploads = new Store<Upload[]>([]);

/** The server could not be reached; it is tried again by itself. */
export const broken = new Store(false);

let failures = 0;
let timer = 0;

function find(id: string): Upload | undefined {
  return uploads.get().find((upload) => upload.id === id);
}

function change(id: string, part: Partial<Upload>): void {
  uploads.set(uploads.get().map((upload) => (upload.id === id ? { ...upload, ...part } : upload)));
}

export const isUnderWay = ({ state }: Upload) =>
  state === "waiting" || state === "sending" || state === "paused";

/** Nothing is left of an upload here. */
function forget({ id, session, release }: Upload): void {
  uploads.set(uploads.get().filter((upload) => upload.id !== id));
  void depot.drop(id).then(release);
  settle(session);
}

/** Once all is kept or failed, those that are kept are said; they go when nothing failed, or no failure is left. */
function settle(session: string | null): void {
  const mine = uploads.get().filter((upload) => upload.session === session);
  if (mine.some((upload) => upload.state !== "kept")) return;
  if (mine.length > 0) announce(strings.allKept(mine.length));
  uploads.set(uploads.get().filter((upload) => upload.session !== session));
}

/** A copy for the next page, in case this one goes. */
async function hold(upload: Upload): Promise<void> {
  const { id, session, file, at, remote, state } = upload;
  if (session === null || upload.held || !isUnderWay(upload)) return;
  try {
    const paused = state === "paused";
    await depot.hold({ id, session, name: file.name, size: file.size, at, remote, paused }, file);
  } catch {
    return; // no room, or a private window: it is sent all the same
  }
  const now = find(id);
  if (!now || !isUnderWay(now)) return void depot.drop(id);
  change(id, { held: true });
  void depot.amend(id, { remote: now.remote, paused: now.state === "paused" });
}

async function run(id: string): Promise<void> {
  const abort = new AbortController();
  const { file, open, begun } = find(id)!;
  change(id, { state: "sending", problem: null, abort, begun: true });
  try {
    const session = find(id)!.session ?? (await open());
    const remote = find(id)?.remote ?? (begun ? await announced(session, file) : null);
    abort.signal.throwIfAborted();
    if (remote !== null) change(id, { remote });
    const told = {
      sent: (sent: number) => abort.signal.aborted || change(id, { sent }),
      remote: (name: string) => {
        change(id, { remote: name });
        void depot.amend(id, { remote: name });
      },
    };
    await finish(id, session, await send(session, file, remote, told, abort.signal));
  } catch (thrown) {
    if (!abort.signal.aborted) await fail(id, await whyEnded(thrown, file));
  }
}

async function finish(id: string, session: string, file: StoredFile): Promise<void> {
  failures = 0;
  await keepFile(session, file);
  const upload = find(id);
  if (upload) {
    void depot.drop(id).then(upload.release);
    change(id, { state: "kept", session, sent: upload.file.size });
  }
  offer(session, file);
  refreshSession(session);
  settle(session);
}

async function fail(id: string, problem: Problem): Promise<void> {
  if (BUSY.includes(problem.status)) {
    change(id, { state: "waiting", sent: find(id)?.remote ? find(id)!.sent : 0 });
    return rest();
  }
  change(id, { state: "failed", problem, sent: 0 });
  if (!problem.passing) await depot.drop(id);
}

/** Nothing is begun for a while, each time for longer, until the network or somebody says otherwise. */
function rest(): void {
  if (broken.get()) return;
  broken.set(true);
  failures++;
  timer = window.setTimeout(wake, Math.min(LONGEST_REST_MS, 500 * 2 ** failures));
}

export function wake(): void {
  clearTimeout(timer);
  broken.set(false);
  next();
}

/** Sends what waits, a few at once; each that ends lets the next begin. */
function next(): void {
  if (broken.get()) return;
  const all = uploads.get();
  const free = AT_ONCE - all.filter((upload) => upload.state === "sending").length;
  for (const { id } of all.filter((each) => each.state === "waiting").slice(0, Math.max(0, free))) {
    void run(id).then(next);
  }
}

/** Why a file is not even tried. */
function refusal(file: File, limit: number): Problem | null {
  if (file.size > limit) return new Problem(413, "limit_exceeded", strings.tooLarge(sizeWords(limit)));
  return file.size === 0 ? new Problem(422, "invalid", strings.isEmpty) : null;
}

function enter(upload: Upload): void {
  uploads.set([...uploads.get(), upload].sort((one, other) => one.at - other.at));
}

/** What the server holds in part of these files goes on; each part once. */
function partOf(session: string | null, file: File): string | null {
  if (session === null) return null;
  const taken = uploads.get().map((upload) => upload.remote);
  const lost = queries.getQueryData(lostQuery(session).queryKey) ?? [];
  const same = lost.find(
    ({ id, name, size }) => name === file.name && size === file.size && !taken.includes(id),
  );
  return same?.id ?? null;
}

/** The same, as the server knows it now. */
async function announced(session: string, file: File): Promise<string | null> {
  await queries.fetchQuery({ ...lostQuery(session), staleTime: 500 });
  return partOf(session, file);
}

/** Adds files to a session, in order. Those over `limit` bytes or without any are refused at once. */
export function add(session: string | null, files: File[], limit: number, open: OpenSession): void {
  const moment = Date.now();
  files.forEach((file, place) => {
    const problem = refusal(file, limit);
    const id = uuid();
    enter({
      id,
      session,
      file,
      sent: 0,
      state: problem ? "failed" : "waiting",
      problem,
      remote: problem ? null : partOf(session, file),
      begun: false,
      held: false,
      at: moment + place / 10_000,
      abort: new AbortController(),
      open: () => open(""),
      release: () => undefined,
    });
    if (problem) return;
    void depot.claim(id).then((release) => (find(id) ? change(id, { release }) : release()));
    void hold(find(id)!);
  });
  next();
}

export function pause(upload: Upload): void {
  const { id, remote, sent } = upload;
  change(id, { state: "paused", sent: remote ? sent : 0 });
  upload.abort.abort();
  void depot.amend(id, { paused: true });
}

/** Lets a paused or a failed upload go on. */
export function resume({ id }: Upload): void {
  change(id, { state: "waiting", problem: null });
  void depot.amend(id, { paused: false });
  wake();
}

/** Ends an upload, or takes a failed one out of sight. */
export function cancel(upload: Upload): void {
  forget(upload);
  upload.abort.abort();
  const { session, remote } = upload;
  if (session !== null && remote !== null) void deleteUpload(session, remote).catch(() => undefined);
  next();
}

/** A draft session was made: what was added to it is now the session's. */
export function adoptUploads(session: string): void {
  uploads.set(uploads.get().map((upload) => (upload.session === null ? { ...upload, session } : upload)));
  for (const upload of uploads.get()) void hold(upload);
}

/** Goes on with what an earlier page left undone; what another page is at, when that page goes. */
export async function revive(): Promise<void> {
  for (const { id } of await depot.list()) {
    if (find(id)) continue;
    void depot.claim(id).then(async (release) => {
      const found = await depot.find(id);
      if (!found || find(id)) return release();
      const [{ session, at, remote, paused }, file] = found;
      const state = paused ? "paused" : "waiting";
      const abort = new AbortController();
      const open = () => Promise.resolve(session);
      const known = { id, session, file, remote, at, state, abort, open, release } as const;
      enter({ ...known, sent: 0, problem: null, begun: true, held: true });
      next();
    });
  }
}

/** Whoever comes next to this browser finds nothing. */
export function forgetUploads(): void {
  for (const upload of uploads.get()) upload.abort.abort();
  uploads.set([]);
  void depot.dropAll();
}

signedOut.watch(() => signedOut.get() && forgetUploads());

addEventListener("online", wake);
addEventListener("offline", () => {
  const sending = uploads.get().filter((upload) => upload.state === "sending");
  for (const { id, abort, remote, sent } of sending) {
    change(id, { state: "waiting", sent: remote ? sent : 0 });
    abort.abort();
  }
  if (sending.length > 0) rest();
});
addEventListener("beforeunload", (event) => {
  if (uploads.get().some((upload) => isUnderWay(upload) && !upload.held)) event.preventDefault();
});
