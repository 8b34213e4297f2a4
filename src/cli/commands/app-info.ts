import { appService, needWords, openCatalogue, packagesFor, type AppDetail, type AppParameter } from "#app";
import { appFoldersOf } from "../app-folders.ts";
import type { RunOf } from "../command.ts";
import { count, duration, memory } from "../format.ts";
import type { View } from "../output.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { appInfoTakes } from "./app.ts";

/** The answer's shape with -o json is that of GET /api/v1/apps/:name, looked up on this machine. */
export const showApp: RunOf<typeof appInfoTakes> = async (context, { args }) => {
  const { output, surroundings } = context;
  const folders = appFoldersOf(context);
  const app = await appService({ folders, catalogue: await openCatalogue(folders), path: surroundings.environment["PATH"] ?? "" }).show(args.app);
  await output.show(app, (view) => [head(app, view), parameters(app, view), results(app, view), cases(app, view)].join(""));
  const packages = packagesFor(app.missing);
  if (packages.length > 0) output.note(`Install it (Debian, Ubuntu): apt-get install --no-install-recommends ${packages.join(" ")}\n`);
  const first = app.cases.find((one) => one.ready);
  if (first !== undefined) output.note(`Run it: headgate job run ${app.name}/${first.name}\n`);
};

function versionWords({ code_version: version, code_version_minimum: minimum }: AppDetail): string {
  return version === null ? "" : `  version ${version}${minimum === null ? "" : `, ${minimum} or newer is needed`}`;
}

function head(app: AppDetail, { style }: View): string {
  return [
    `${style.bold(app.name)}  ${app.display_name}\n${app.description}\n\n`,
    renderPairs(
      [
        ["here", app.ready ? `${style.green("ready")}${versionWords(app)}` : `${style.yellow("missing")} ${app.missing.map(needWords).join(", ")}`],
        ["asks for", `${count(app.cores, "core")}, ${memory(app.memory_mib)}, ${duration(app.time_limit_s * 1000)}, unless the case or the job says otherwise`],
        [
          "runs",
          app.parallelism === "serial"
            ? "on one core"
            : `${app.parallelism === "mpi" ? "as MPI processes" : "as threads"}${app.cores_max === null ? "" : `, on at most ${count(app.cores_max, "core")}`}`,
        ],
        ["licence", app.license],
        ["homepage", app.homepage],
        ["documents", app.documentation],
        ["run time", app.run_time_basis === null ? "not known before the first runs" : `modelled; ${app.run_time_basis}`],
      ],
      style,
    ),
  ].join("");
}

function shown(type: AppParameter["type"], value: number | string | boolean): string {
  return type === "duration" && typeof value === "number" ? duration(value * 1000) : String(value);
}

function allowed({ type, min, max, choices }: AppParameter): string {
  if (choices !== null) return choices.join(", ");
  if (min !== null && max !== null) return `${shown(type, min)} to ${shown(type, max)}`;
  return min !== null ? `at least ${shown(type, min)}` : max !== null ? `at most ${shown(type, max)}` : "";
}

function parameters(app: AppDetail, { style, columns }: View): string {
  if (app.parameters.length === 0) return "";
  return `\n${renderTable(
    app.parameters,
    [
      { head: "parameter", cell: (one) => one.name, paint: (words) => style.bold(words) },
      { head: "type", cell: (one) => one.type },
      { head: "default", cell: (one) => (one.default === null ? "(must be given)" : shown(one.type, one.default)), align: "right" },
      { head: "unit", cell: (one) => (one.type === "duration" ? "" : (one.unit ?? "")) },
      { head: "allowed", cell: allowed, minimum: 12 },
      { head: "", cell: (one) => one.description, minimum: 20, paint: (words) => style.dim(words) },
    ],
    { style, columns },
  )}`;
}

function results(app: AppDetail, { style, columns }: View): string {
  return `\n${renderTable(
    app.results,
    [
      { head: "result", cell: (one) => one.name },
      { head: "kind", cell: (one) => one.kind },
      { head: "unit", cell: (one) => one.unit ?? "" },
      { head: "", cell: (one) => one.description ?? "", minimum: 20, paint: (words) => style.dim(words) },
    ],
    { style, columns },
  )}`;
}

function cases(app: AppDetail, { style, columns }: View): string {
  if (app.cases.length === 0) return "";
  return `\n${renderTable(
    app.cases,
    [
      { head: "case", cell: (one) => `${app.name}/${one.name}` },
      { head: "cores", cell: (one) => String(one.cores), align: "right" },
      { head: "memory", cell: (one) => memory(one.memory_mib), align: "right" },
      { head: "limit", cell: (one) => duration(one.time_limit_s * 1000), align: "right" },
      { head: "takes, about", cell: (one) => (one.model_s === null ? "" : duration(one.model_s * 1000)), align: "right" },
      { head: "", cell: (one) => one.description, minimum: 20, paint: (words) => style.dim(words) },
    ],
    { style, columns },
  )}`;
}
