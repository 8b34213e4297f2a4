import { caseParameters, type App } from "./app.ts";
import type { Recording } from "./app-file.ts";
import { checkParameters } from "./parameters.ts";
import type { RecordedValue, ResultDefinition, Tolerance } from "./schema-results.ts";
import { holds, sameValues, type ParameterValues } from "./values.ts";

export type Closeness = { readonly absolute: number; readonly relative: number };

/** What one version of the code gave for exactly these parameters. */
export type Expectation = {
  readonly version: string;
  readonly date: string;
  readonly value: number | string;
  /** With the same version of the code. */
  readonly same: Closeness;
  /** With another version, or one that could not be found out. */
  readonly other: Closeness;
};

/** One result to look for, with what is known of it. Plain JSON. */
export type Check = { readonly name: string; readonly definition: ResultDefinition; readonly expected: readonly Expectation[] };

/**
 * The checks of a run. A recorded value counts for a run whose parameters are all equal to those it was recorded with, whichever case
 * the run was started from; cores are not parameters, because an answer that depends on them is wrong or needs a tolerance.
 */
export function expectations(app: App, values: ParameterValues): Check[] {
  const recordings = Object.keys(app.file.cases).flatMap((name) =>
    (app.file.cases[name]?.recorded ?? []).filter((recording) => appliesTo(app, name, recording, values)),
  );
  return Object.entries(app.file.results).flatMap(([name, definition]) => {
    if (!holds(definition.when, values)) return [];
    const expected = recordings.flatMap((recording) => {
      const recorded = recording.results[name];
      return recorded === undefined ? [] : [expectation(recording, definition, recorded)];
    });
    return [{ name, definition, expected }];
  });
}

function appliesTo(app: App, caseName: string, recording: Recording, values: ParameterValues): boolean {
  const recorded = checkParameters(app.file.parameters, caseParameters(app, caseName), recording.with).values;
  return recorded !== undefined && sameValues(recorded, values);
}

function expectation(recording: Recording, definition: ResultDefinition, recorded: RecordedValue): Expectation {
  const own = typeof recorded === "object" ? recorded : { value: recorded, tolerance: undefined, tolerance_other_version: undefined };
  const general = definition.kind === "number" || definition.kind === "count" ? definition : { tolerance: undefined, tolerance_other_version: undefined };
  const same = own.tolerance ?? general.tolerance;
  const other = own.tolerance_other_version ?? general.tolerance_other_version;
  return { version: recording.version, date: recording.date, value: own.value, same: closeness(same), other: wider(closeness(same), closeness(other)) };
}

/** Another version is never held to more than the same version is. */
function wider(a: Closeness, b: Closeness): Closeness {
  return { absolute: Math.max(a.absolute, b.absolute), relative: Math.max(a.relative, b.relative) };
}

function closeness(tolerance: Tolerance | undefined): Closeness {
  if (tolerance === undefined) return { absolute: 0, relative: 0 };
  if (typeof tolerance === "number") return { absolute: tolerance, relative: 0 };
  return { absolute: tolerance.absolute ?? 0, relative: tolerance.relative ?? 0 };
}
