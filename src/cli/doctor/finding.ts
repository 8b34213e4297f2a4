import type { Config, ResolvedConfig, Surroundings } from "#config";

/**
 * What a look at one thing found. `fail`: something that matters is wrong, a run will not work; `warn`: something is missing that some runs
 * need, or soon will; `ok`: well, and the words say what was seen.
 */
export type Finding = { readonly name: string; readonly state: "ok" | "warn" | "fail"; readonly words: string; readonly fix: string | null };

/** What the looks are given. */
export type Patient = {
  readonly config: Config;
  readonly resolved: ResolvedConfig;
  readonly surroundings: Surroundings;
  readonly root: string;
  readonly version: string;
};

export type Look = (patient: Patient) => Promise<Finding | readonly Finding[]>;

export function ok(name: string, words: string): Finding {
  return { name, state: "ok", words, fix: null };
}

export function warn(name: string, words: string, fix: string): Finding {
  return { name, state: "warn", words, fix };
}

export function fail(name: string, words: string, fix: string): Finding {
  return { name, state: "fail", words, fix };
}
