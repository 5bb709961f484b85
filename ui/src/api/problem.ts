import { markSignedOut } from "./signedOut";
import { strings } from "./strings";
import type { Refused } from "./types";

/** What went wrong, as the server says it. Status 0: no answer came at all. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** Which rule of its kind said no, as in `archive.ratio`; mostly empty. */
  readonly reason: string;
  /** The entries of an archive that were refused, as far as they are told. */
  readonly entries: Refused[];

  constructor(status: number, code: string, words: string, reason = "", entries: Refused[] = []) {
    super(words);
    this.status = status;
    this.code = code;
    this.reason = reason;
    this.entries = entries;
  }

  /** Trying the same again may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export function unreachable(): Problem {
  return new Problem(0, "unreachable", strings.unreachable);
}

/** The problem a body tells of; a body of another shape still makes one. Status 401 signs the page out. */
export function problemFrom(status: number, body: unknown): Problem {
  const said = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const code = typeof said.code === "string" ? said.code : `http_${status}`;
  const words = [said.detail, said.title].find((each) => typeof each === "string" && each !== "");
  if (status === 401) markSignedOut();
  const reason = typeof said.reason === "string" ? said.reason : "";
  const entries = Array.isArray(said.entries) ? (said.entries as Refused[]) : [];
  return new Problem(status, code, typeof words === "string" ? words : strings.refused(status), reason, entries);
}

export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  return problemFrom(response.status, body);
}

/** Whatever was thrown, as a problem. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : unreachable();
}
