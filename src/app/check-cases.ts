import type { DocumentPath, ReadDocument } from "#document";
import { nearest, type Fault } from "#kernel";
import type { AppFile, CaseDefinition, Recording } from "./app-file.ts";
import { checkParameters, type ParameterFault } from "./parameters.ts";
import { innerPathFault } from "./path.ts";
import type { RecordedValue, ResultDefinition } from "./schema-results.ts";
import type { SourceFile } from "./sources.ts";

/** Cases: their parameters must be ones a job could give, and what was recorded must be something the app finds. */
export function checkCases(document: ReadDocument<AppFile>, app: AppFile, sources: ReadonlyMap<string, SourceFile>): Fault[] {
  return Object.entries(app.cases).flatMap(([name, one]) => [
    ...checkParameters(app.parameters, one.parameters).faults.map((fault) => placed(document, ["cases", name, "parameters"], fault)),
    ...fileFaults(document, app, name, one, sources),
    ...coresFault(document, app, name, one),
    ...one.recorded.flatMap((recording, index) => recordingFaults(document, app, ["cases", name, "recorded", index], one, recording)),
  ]);
}

function placed(document: ReadDocument<AppFile>, path: DocumentPath, fault: ParameterFault): Fault {
  return document.fault(fault.code, [...path, fault.parameter], fault.message, { at: fault.at, ...(fault.fix === null ? {} : { fix: fault.fix }) });
}

/** A case gives a file by its name in the app's folder. */
function fileFaults(document: ReadDocument<AppFile>, app: AppFile, name: string, one: CaseDefinition, sources: ReadonlyMap<string, SourceFile>): Fault[] {
  return Object.entries(one.parameters).flatMap(([parameter, value]): Fault[] => {
    if (app.parameters[parameter]?.type !== "file" || typeof value !== "string") return [];
    const path = ["cases", name, "parameters", parameter];
    const outside = innerPathFault(value);
    if (outside !== undefined) return [document.fault("app.path", path, outside)];
    return sources.get(value)?.kind === "text" ? [] : [document.fault("app.file-missing", path, `there is no text file "${value}" in the app's folder`)];
  });
}

function coresFault(document: ReadDocument<AppFile>, app: AppFile, name: string, one: CaseDefinition): Fault[] {
  const { cores_max: most } = app.resources;
  const asked = one.resources?.cores;
  if (most === undefined || asked === undefined || asked <= most) return [];
  return [document.fault("value.range", ["cases", name, "resources", "cores"], `${asked} cores are more than cores_max (${most})`)];
}

function recordingFaults(document: ReadDocument<AppFile>, app: AppFile, path: DocumentPath, one: CaseDefinition, recording: Recording): Fault[] {
  const results = Object.entries(recording.results).flatMap(([name, recorded]): Fault[] => {
    const definition = Object.hasOwn(app.results, name) ? app.results[name] : undefined;
    if (definition === undefined) {
      const guess = nearest(name, Object.keys(app.results));
      return [
        document.fault("reference.unknown", [...path, "results", name], `there is no result "${name}"`, {
          at: "key",
          fix: guess === undefined ? `Results are ${Object.keys(app.results).join(", ")}.` : `Did you mean ${guess}?`,
        }),
      ];
    }
    const wrong = valueFault(definition, recorded);
    return wrong === undefined ? [] : [document.fault("value.type", [...path, "results", name], wrong)];
  });
  // Only what the recording itself gives: a bad value of the case is reported there.
  const given = checkParameters(app.parameters, one.parameters, recording.with).faults.filter((fault) => Object.hasOwn(recording.with, fault.parameter));
  return [...given.map((fault) => placed(document, [...path, "with"], fault)), ...results];
}

function valueFault(definition: ResultDefinition, recorded: RecordedValue): string | undefined {
  const value = typeof recorded === "object" ? recorded.value : recorded;
  switch (definition.kind) {
    case "number":
    case "count":
      return typeof value === "number" ? undefined : "a number was expected";
    case "text":
      return typeof value === "string" ? undefined : "text was expected";
    case "sha256":
      return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? undefined : "64 hexadecimal digits in lower case were expected";
    case "contains":
    case "absent":
    case "file":
    case "same":
      return `a result of kind ${definition.kind} needs no recorded value`;
  }
}
