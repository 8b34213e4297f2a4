import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Fault } from "#kernel";
import { checkRunParameters, type App } from "./app.ts";
import { caseNeeds } from "./case-needs.ts";
import { listCatalogue, requireApp, type AppFolder, type Catalogue } from "./catalogue.ts";
import type { AppCase, AppDetail, AppParameter, AppSummary } from "./contract.ts";
import { APP_FILE, readAppFolder } from "./folder.ts";
import { listingOf, type AppListing } from "./listing.ts";
import { missingNeeds, needsOf, type Need } from "./needs.ts";
import { askVersion, probe } from "./probe.ts";
import { defaultResources } from "./render.ts";
import { modelSeconds } from "./run-time.ts";
import type { ParameterDefinition } from "./schema-parameters.ts";
import type { ResultDefinition } from "./schema-results.ts";

/** Versions remembered; more than there are apps in a catalogue. */
const VERSIONS_MAX = 1000;

/** What the doors call. `path` is the PATH on which programs are looked for: that of the jobs. */
export type AppService = {
  /** Every app, with what it lacks on this machine. */
  list(): Promise<AppSummary[]>;
  /** One app with everything about it. Throws `app.not-found`, or `input.invalid` with the faults of its file. */
  show(name: string): Promise<AppDetail>;
};

export function appService(ports: { readonly folders: readonly AppFolder[]; readonly catalogue: Catalogue; readonly path: string }): AppService {
  const versions = versionAsker(ports.path);
  return {
    list: async () => {
      const apps = await listCatalogue(ports.folders);
      const found = probe(
        apps.flatMap((app) => app.needs),
        ports.path,
      );
      return apps.map((app) => {
        const missing = missingNeeds(app.needs, found);
        const { name, display_name, version, description, license, tags, cases, origin, fault } = app;
        return {
          name,
          display_name,
          version,
          description,
          license,
          tags: [...tags],
          cases: [...cases],
          origin,
          ready: fault === null && missing.length === 0,
          missing: wireNeeds(missing),
          fault,
        };
      });
    },
    show: async (name) => {
      const app = requireApp(ports.catalogue, name);
      return describeApp(app, ports.path, await versions(app));
    },
  };
}

/** A code is asked for its version once, and again when its program has changed: this starts a process, and anybody may call. */
function versionAsker(path: string): (app: App) => Promise<string | null> {
  const known = new Map<string, Promise<string | null>>();
  return async (app) => {
    const program = app.file.needs.version?.command?.[0];
    if (program === undefined) return null;
    const at = probe([{ kind: "program", name: program, packages: [] }], path).programs.get(program);
    if (at === undefined) return null;
    const key = `${app.folder} ${program} ${statSync(at, { throwIfNoEntry: false })?.mtimeMs}`;
    const asked = known.get(key) ?? askVersion(app.file, path);
    if (known.size < VERSIONS_MAX) known.set(key, asked);
    return asked;
  };
}

function describeApp(app: App, path: string, version: string | null): AppDetail {
  const { file } = app;
  const { resources, metadata } = file;
  const missing = lacking(needsOf(file), path);
  return {
    name: file.name,
    display_name: file.display_name,
    version: file.version,
    description: metadata.description,
    license: metadata.license,
    homepage: metadata.homepage ?? null,
    documentation: metadata.documentation ?? null,
    tags: metadata.tags,
    origin: app.origin,
    ready: missing.length === 0,
    missing: wireNeeds(missing),
    code_version: version,
    code_version_minimum: file.needs.version?.minimum ?? null,
    parallelism: file.run.parallelism,
    cores: resources.cores,
    cores_max: resources.cores_max ?? null,
    memory_mib: resources.memory,
    time_limit_s: resources.time_limit,
    parameters: Object.entries(file.parameters).map(([name, definition]) => describeParameter(name, definition)),
    results: Object.entries(file.results).map(([name, definition]) => ({
      name,
      kind: definition.kind,
      description: definition.description ?? null,
      unit: unitOf(definition),
    })),
    cases: Object.keys(file.cases).map((name) => describeCase(app, name, path)),
    run_time_basis: file.run_time?.measured ?? null,
  };
}

function unitOf(definition: ResultDefinition): string | null {
  return definition.kind === "number" ? (definition.unit ?? null) : null;
}

function describeParameter(name: string, definition: ParameterDefinition): AppParameter {
  const ranged = definition.type === "integer" || definition.type === "number" || definition.type === "duration";
  return {
    name,
    type: definition.type,
    description: definition.description,
    unit: definition.type === "duration" ? "s" : definition.type === "integer" || definition.type === "number" ? (definition.unit ?? null) : null,
    min: ranged ? (definition.min ?? null) : null,
    max: ranged ? (definition.max ?? null) : null,
    choices: definition.type === "choice" ? definition.choices : null,
    default: definition.type === "file" ? null : (definition.default ?? null),
  };
}

function describeCase(app: App, name: string, path: string): AppCase {
  const { file } = app;
  const one = file.cases[name]!;
  const { cores, memory, timeLimit } = defaultResources(file, name);
  // An app is only read when its cases' parameters are good.
  const values = checkRunParameters(app, name, {}).values ?? {};
  const missing = lacking(caseNeeds(app, name), path);
  return {
    name,
    description: one.description,
    parameters: { ...values, ...one.parameters },
    cores,
    memory_mib: memory,
    time_limit_s: timeLimit,
    model_s: file.run_time === undefined ? null : modelSeconds(file.run_time, values, cores),
    ready: missing.length === 0,
    missing: wireNeeds(missing),
    recorded: one.recorded.map((recording) => ({
      with: recording.with,
      version: recording.version,
      date: recording.date,
      results: Object.fromEntries(
        Object.entries(recording.results).map(([result, recorded]) => [result, typeof recorded === "object" ? recorded.value : recorded]),
      ),
    })),
  };
}

function lacking(needs: readonly Need[], path: string): Need[] {
  return missingNeeds(needs, probe(needs, path));
}

function wireNeeds(needs: readonly Need[]): AppSummary["missing"] {
  return needs.map(({ kind, name, packages }) => ({ kind, name, packages: [...packages] }));
}

export type ValidatedApp = {
  /** The app.yaml that was read. */
  readonly file: string;
  readonly valid: boolean;
  /** Errors and warnings, in the order of the files. */
  readonly faults: readonly Fault[];
  /** Null when there is an error. */
  readonly app: AppListing | null;
};

/** Reads the app at a path (its folder, or its app.yaml) and gives every fault. Throws `file.unreadable` when there is none. */
export async function validateApp(path: string): Promise<ValidatedApp> {
  const { readApp } = await import("./read-app.ts");
  const absolute = resolve(path);
  const folder = basename(absolute) === APP_FILE ? dirname(absolute) : absolute;
  const { app, faults } = readAppFolder(readApp, folder, "path");
  return { file: `${folder}/${APP_FILE}`, valid: app !== undefined, faults, app: app === undefined ? null : listingOf(app) };
}

/** JSON Schema of app.yaml. Loads zod only when it is asked for. */
export async function appJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  return (await import("./app-file.ts")).appJsonSchema();
}
