import type { AppFile } from "./app-file.ts";
import { MPI_LAUNCHER } from "./launch.ts";
import { holds, type ParameterValues } from "./values.ts";

/** One thing a run needs of the machine, and the Debian packages that bring it. */
export type Need = { readonly kind: "program" | "file"; readonly name: string; readonly packages: readonly string[] };

/** What was found of a list of needs: the path of each program, and of each file (which may be its .gz); absent names are not there. */
export type Found = { readonly programs: ReadonlyMap<string, string>; readonly files: ReadonlyMap<string, string> };

/** In Debian the launcher is a package of its own that the codes only recommend. */
const MPI_PACKAGES = ["openmpi-bin"];

/** What the app needs whatever its parameters are; with values and cores, what that run needs. */
export function needsOf(app: AppFile, run?: { readonly values: ParameterValues; readonly cores: number }): Need[] {
  const meant = (when: Parameters<typeof holds>[0]) => (run === undefined ? when === undefined : holds(when, run.values));
  const needs = [
    ...app.needs.programs.filter((entry) => meant(entry.when)).map((entry): Need => ({ kind: "program", name: entry.name, packages: entry.packages })),
    ...app.needs.files.filter((entry) => meant(entry.when)).map((entry): Need => ({ kind: "file", name: entry.path, packages: entry.packages })),
    ...app.run.files.flatMap((entry): Need[] =>
      entry.installed !== undefined && meant(entry.when) ? [{ kind: "file", name: entry.installed, packages: entry.packages ?? [] }] : [],
    ),
  ];
  const program = app.run.command[0]!;
  if (!program.includes("/") && !needs.some((need) => need.name === program)) needs.push({ kind: "program", name: program, packages: [] });
  if (run !== undefined && run.cores > 1 && app.run.parallelism === "mpi") needs.push({ kind: "program", name: MPI_LAUNCHER, packages: MPI_PACKAGES });
  return needs;
}

/** Every Debian package that any run of an app can need, sorted. */
export function packagesOf(app: AppFile): string[] {
  const lists = [...app.needs.programs, ...app.needs.files, ...app.run.files].map((entry) => entry.packages ?? []);
  if (app.run.parallelism === "mpi" && app.needs.programs.length > 0) lists.push(MPI_PACKAGES);
  return [...new Set(lists.flat())].sort();
}

export function missingNeeds(needs: readonly Need[], found: Found): Need[] {
  return needs.filter((need) => !(need.kind === "program" ? found.programs : found.files).has(need.name));
}

/** The packages that would bring what is missing, sorted; a need that no package brings adds none. */
export function packagesFor(needs: readonly Need[]): string[] {
  return [...new Set(needs.flatMap((need) => need.packages))].sort();
}

/** `pw.x (Debian package quantum-espresso)`, for people. */
export function needWords(need: Need): string {
  if (need.packages.length === 0) return need.name;
  return `${need.name} (Debian ${need.packages.length === 1 ? "package" : "packages"} ${need.packages.join(", ")})`;
}
