import { PROBLEMS, type ProblemCode } from "./problems.ts";

/** The stable exit codes of every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  invalid: 3,
  notFound: 4,
  conflict: 5,
  cloud: 6,
  refused: 7,
  timeout: 8,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;

/** Where in a file something is wrong; line and column count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

/** One fault in something a person wrote. `fix` says what to do; `path` is the key path, e.g. `queues[1].max_count`. */
export type Fault = {
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  readonly place: Place | null;
  readonly path: string;
  readonly message: string;
  readonly fix: string | null;
};

export type ProblemDetails = {
  /** What happened this time, in one sentence with its facts. */
  readonly detail: string;
  /** What to do this time, when the catalogue's general fix is not precise enough. */
  readonly fix?: string;
  readonly place?: Place;
  /** Machine-readable facts, JSON values only; amounts as decimal strings. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly faults?: readonly Fault[];
  readonly cause?: unknown;
};

/**
 * The one error class. A problem has a code of the catalogue, which gives its HTTP status, exit code, title and general fix.
 * HTTP renders it as RFC 9457, the terminal as three lines, the docs as a page.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly detail: string;
  readonly fix: string;
  readonly place: Place | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];

  constructor(code: ProblemCode, details: ProblemDetails) {
    super(`${code}: ${details.detail}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.detail = details.detail;
    this.fix = details.fix ?? PROBLEMS[code].fix;
    this.place = details.place ?? null;
    this.facts = details.facts ?? {};
    this.faults = details.faults ?? [];
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  get title(): string {
    return PROBLEMS[this.code].title;
  }

  get exitCode(): number {
    return EXIT[PROBLEMS[this.code].exit];
  }
}

/** The stable type URI of a problem (RFC 9457). */
export function problemType(code: ProblemCode): string {
  return `urn:headgate:problem:${code}`;
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}
