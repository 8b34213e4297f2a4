import type { KeyName } from "#config";
import type { Context } from "./context.ts";

/**
 * Commands as data: help, parsing, completion and the reference are all made from it, so they cannot disagree. What a command does
 * is loaded only when it runs.
 */

/** What the shell may offer for a value. */
export type ValueHint = "file" | "folder" | "app" | "case" | "job" | "project" | "person" | "none";

type FlagCommon = {
  readonly brief: string;
  readonly letter?: string;
};

export type SwitchFlag = FlagCommon & { readonly kind: "switch" };

export type ValueFlag<T> = FlagCommon & {
  readonly kind: "value";
  readonly placeholder: string;
  /** Undefined for what is not allowed. */
  readonly parse: (text: string) => T | undefined;
  /** What is expected, for the message: "a whole number from 1 to 200". */
  readonly words: string;
  readonly values: readonly string[];
  readonly hint: ValueHint;
};

/** The same as a value flag, but may be given more than once. */
export type ListFlag<T> = Omit<ValueFlag<T>, "kind"> & { readonly kind: "list" };

export type Flag = SwitchFlag | ValueFlag<unknown> | ListFlag<unknown>;

export type Argument = {
  readonly kind: "required" | "optional" | "many";
  readonly placeholder: string;
  readonly brief: string;
  readonly values: readonly string[];
  readonly hint: ValueHint;
};

export type FlagTable = Readonly<Record<string, Flag>>;
export type ArgumentTable = Readonly<Record<string, Argument>>;

export type FlagValues<F extends FlagTable> = {
  readonly [K in keyof F]: F[K] extends SwitchFlag
    ? boolean
    : F[K] extends ListFlag<infer T>
      ? readonly T[]
      : F[K] extends ValueFlag<infer T>
        ? T | undefined
        : never;
};

export type ArgumentValues<A extends ArgumentTable> = {
  readonly [K in keyof A]: A[K]["kind"] extends "many" ? readonly string[] : A[K]["kind"] extends "optional" ? string | undefined : string;
};

export type Input<F extends FlagTable, A extends ArgumentTable> = { readonly flags: FlagValues<F>; readonly args: ArgumentValues<A> };

/** What a command does. It returns nothing (exit 0), or the exit code of what it found; what it cannot do it throws as a Problem. */
export type Run<F extends FlagTable, A extends ArgumentTable> = (context: Context, input: Input<F, A>) => Promise<number | void>;

export type Example = { readonly line: string; readonly says: string };

/** A command as the machinery sees it, whatever its flags. */
export type Command = {
  /** The words that are typed: `job submit`. */
  readonly path: string;
  readonly brief: string;
  /** More than the one line, for its help; plain paragraphs. */
  readonly details: readonly string[];
  readonly flags: FlagTable;
  readonly args: ArgumentTable;
  /** Flags of its own that set something for this one time, by name; see #config. */
  readonly settings: Readonly<Record<string, KeyName>>;
  /** Whether --dry-run means something to it, and --yes. */
  readonly dryRun: boolean;
  readonly asks: boolean;
  readonly examples: readonly Example[];
  readonly load: () => Promise<Run<FlagTable, ArgumentTable>>;
};

/** What a command takes besides the flags of all; it stands by itself so that its description and what it does can both be typed by it. */
export type Takes<F extends FlagTable, A extends ArgumentTable> = { readonly flags: F; readonly args: A };

export function takes<const F extends FlagTable = Record<never, never>, const A extends ArgumentTable = Record<never, never>>(given: {
  flags?: F;
  args?: A;
}): Takes<F, A> {
  return { flags: given.flags ?? ({} as F), args: given.args ?? ({} as A) };
}

/** The type of what a command does, from what it takes: `export const run: RunOf<typeof submitTakes> = async (context, { flags, args }) => ...`. */
export type RunOf<T> = T extends Takes<infer F, infer A> ? Run<F, A> : never;

/** What a command does that takes nothing of its own. */
export type PlainRun = Run<Record<never, never>, Record<never, never>>;

type Description<F extends FlagTable, A extends ArgumentTable> = {
  readonly path: string;
  readonly brief: string;
  readonly details?: readonly string[];
  readonly takes?: Takes<F, A>;
  readonly settings?: { readonly [K in keyof F & string]?: KeyName };
  readonly dryRun?: boolean;
  readonly asks?: boolean;
  readonly examples: readonly Example[];
  readonly load: () => Promise<Run<F, A>>;
};

export function command<F extends FlagTable = Record<never, never>, A extends ArgumentTable = Record<never, never>>(given: Description<F, A>): Command {
  const { path, brief, details = [], takes: { flags, args } = { flags: {}, args: {} }, settings = {}, dryRun = false, asks = false, examples, load } = given;
  // What is parsed by these very tables is what `load` is given: the one place where the types are taken on trust.
  return { path, brief, details, flags, args, settings, dryRun, asks, examples, load: load as unknown as Command["load"] };
}

export function toggle(brief: string, letter?: string): SwitchFlag {
  return { kind: "switch", brief, ...(letter === undefined ? {} : { letter }) };
}

type ValueOptions = { readonly letter?: string; readonly hint?: ValueHint };

export function text(placeholder: string, brief: string, options: ValueOptions = {}): ValueFlag<string> {
  return { kind: "value", placeholder, brief, parse: (given) => (given === "" ? undefined : given), words: "a text", values: [], hint: "none", ...options };
}

export function choice<const T extends string>(placeholder: string, values: readonly T[], brief: string, options: ValueOptions = {}): ValueFlag<T> {
  return {
    kind: "value",
    placeholder,
    brief,
    parse: (given) => values.find((value) => value === given),
    words: `one of ${values.join(", ")}`,
    values,
    hint: "none",
    ...options,
  };
}

export function wholeNumber(placeholder: string, minimum: number, maximum: number, brief: string, options: ValueOptions = {}): ValueFlag<number> {
  const parse = (given: string) => (/^\d{1,15}$/.test(given) && Number(given) >= minimum && Number(given) <= maximum ? Number(given) : undefined);
  return { kind: "value", placeholder, brief, parse, words: `a whole number from ${minimum} to ${maximum}`, values: [], hint: "none", ...options };
}

/** A value that is read by a rule of its own; `words` says what is expected. */
export function parsed<T>(
  placeholder: string,
  brief: string,
  parse: (given: string) => T | undefined,
  words: string,
  options: ValueOptions = {},
): ValueFlag<T> {
  return { kind: "value", placeholder, brief, parse, words, values: [], hint: "none", ...options };
}

export function repeated<T>(flag: ValueFlag<T>): ListFlag<T> {
  return { ...flag, kind: "list" };
}

function argument<K extends Argument["kind"]>(
  kind: K,
  placeholder: string,
  brief: string,
  options: { hint?: ValueHint; values?: readonly string[] },
): Argument & { readonly kind: K } {
  return { kind, placeholder, brief, values: options.values ?? [], hint: options.hint ?? "none" };
}

type ArgumentOptions = { readonly hint?: ValueHint; readonly values?: readonly string[] };

export function required(placeholder: string, brief: string, options: ArgumentOptions = {}) {
  return argument("required", placeholder, brief, options);
}

export function optional(placeholder: string, brief: string, options: ArgumentOptions = {}) {
  return argument("optional", placeholder, brief, options);
}

/** One or more; only as the last and only argument. */
export function many(placeholder: string, brief: string, options: ArgumentOptions = {}) {
  return argument("many", placeholder, brief, options);
}
