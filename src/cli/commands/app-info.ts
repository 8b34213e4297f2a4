import { askVersion, missingNeeds, needsOf, needWords, openCatalogue, packagesFor, probe, requireApp, type AppFile } from "#app";
import { appFoldersOf } from "../app-folders.ts";
import type { RunOf } from "../command.ts";
import { count, duration, memory } from "../format.ts";
import type { View } from "../output.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { appInfoTakes } from "./app.ts";

/** The answer's shape with -o json: `{ app, origin, folder, installed: { version, missing } }`; app is the app file with its defaults filled in. */
export const showApp: RunOf<typeof appInfoTakes> = async (context, { args }) => {
  const { output, surroundings } = context;
  const catalogue = await openCatalogue(appFoldersOf(context));
  const { file, origin, folder } = requireApp(catalogue, args.app);
  const path = surroundings.environment["PATH"] ?? "";
  const needs = needsOf(file);
  const missing = missingNeeds(needs, probe(needs, path));
  const version = missing.length === 0 ? await askVersion(file, path) : null;
  await output.show({ app: file, origin, folder, installed: { version, missing } }, (view) => {
    const here = missing.length === 0 ? `ready${version === null ? "" : `, version ${version}`}` : `missing ${missing.map(needWords).join(", ")}`;
    return [head(file, here, folder, view), parameters(file, view), results(file, view), cases(file, view)].join("");
  });
  const packages = packagesFor(missing);
  if (packages.length > 0) output.note(`Install it (Debian, Ubuntu): apt-get install --no-install-recommends ${packages.join(" ")}\n`);
  const [first] = Object.keys(file.cases);
  if (missing.length === 0 && first !== undefined) output.note(`Run it: headgate job run ${file.name}/${first}\n`);
};

function head(file: AppFile, here: string, folder: string, { style }: View): string {
  const { resources, metadata } = file;
  return [
    `${style.bold(file.name)}  ${file.display_name}\n${metadata.description}\n\n`,
    renderPairs(
      [
        ["here", here],
        ["asks for", `${count(resources.cores, "core")}, ${memory(resources.memory)}, ${duration(resources.time_limit * 1000)}, unless the job says otherwise`],
        ["license", metadata.license],
        ["homepage", metadata.homepage ?? null],
        ["run time", file.run_time === undefined ? "not known before the first runs" : `modelled; ${file.run_time.measured}`],
        ["folder", folder],
      ],
      style,
    ),
  ].join("");
}

type ParameterDefinition = AppFile["parameters"][string];

function range(definition: ParameterDefinition): string {
  if (definition.type === "choice") return definition.choices.join(", ");
  const [min, max] = "min" in definition || "max" in definition ? [definition.min, definition.max] : [undefined, undefined];
  if (min === undefined && max === undefined) return "";
  const show = (value: number) => (definition.type === "duration" ? duration(value * 1000) : String(value));
  return min === undefined ? `at most ${show(max!)}` : max === undefined ? `at least ${show(min)}` : `${show(min)} to ${show(max)}`;
}

function defaultOf(definition: ParameterDefinition): string {
  if (!("default" in definition) || definition.default === undefined) return "-";
  return definition.type === "duration" ? duration(definition.default * 1000) : String(definition.default);
}

function parameters(file: AppFile, { style, columns }: View): string {
  const rows = Object.entries(file.parameters);
  if (rows.length === 0) return "";
  return `\n${renderTable(
    rows,
    [
      { head: "parameter", cell: ([name]) => name, paint: (words) => style.bold(words) },
      { head: "type", cell: ([, one]) => one.type },
      { head: "default", cell: ([, one]) => defaultOf(one), align: "right" },
      { head: "unit", cell: ([, one]) => ("unit" in one ? (one.unit ?? "") : "") },
      { head: "allowed", cell: ([, one]) => range(one), minimum: 12 },
      { head: "", cell: ([, one]) => one.description, minimum: 20, paint: (words) => style.dim(words) },
    ],
    { style, columns },
  )}`;
}

function results(file: AppFile, { style, columns }: View): string {
  return `\n${renderTable(
    Object.entries(file.results),
    [
      { head: "result", cell: ([name]) => name },
      { head: "unit", cell: ([, one]) => ("unit" in one ? (one.unit ?? "") : "") },
      { head: "", cell: ([, one]) => one.description ?? "", minimum: 20, paint: (words) => style.dim(words) },
    ],
    { style, columns },
  )}`;
}

function cases(file: AppFile, { style, columns }: View): string {
  const rows = Object.entries(file.cases);
  if (rows.length === 0) return "";
  return `\n${renderTable(
    rows,
    [
      { head: "case", cell: ([name]) => `${file.name}/${name}` },
      {
        head: "sets",
        cell: ([, one]) =>
          Object.entries(one.parameters)
            .map(([name, value]) => `${name}=${String(value)}`)
            .join(" "),
        minimum: 12,
      },
      { head: "", cell: ([, one]) => one.description, minimum: 20, paint: (words) => style.dim(words) },
    ],
    { style, columns },
  )}`;
}
