import { dirname, resolve } from "node:path";
import type { JobSubmission } from "#job/contract";
import { Problem } from "#kernel";
import type { FlagValues } from "./command.ts";
import type { OVERRIDES } from "./commands/job.ts";
import type { Context } from "./context.ts";
import { readTextFile } from "./read-file.ts";

type Overrides = JobSubmission["overrides"];

/** What flags say on top of a file; undefined when they say nothing. Throws `usage.surplus` for a parameter named twice. */
export function overridesOf(flags: FlagValues<typeof OVERRIDES>): Overrides {
  const parameters: Record<string, string> = {};
  for (const [name, value] of flags.set) {
    if (Object.hasOwn(parameters, name)) throw new Problem("usage.surplus", { detail: `--set ${name} was given twice`, fix: "Give it once." });
    parameters[name] = value;
  }
  const given = {
    project: flags.project,
    name: flags.name,
    cores: flags.cores,
    memory: flags.memory,
    time_limit: flags.timeLimit,
    array: flags.array,
    parameters: flags.set.length === 0 ? undefined : parameters,
  };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as NonNullable<Overrides>;
  return Object.keys(said).length === 0 ? undefined : said;
}

/**
 * A case or a file as the server takes it: it reads the text itself, so that every fault has its place. A project of the settings
 * (flag, environment, file) counts where neither the file nor the line names one: that is the server's to see, so it is sent beside both.
 */
export async function submissionOf(
  context: Context,
  what: string | undefined,
  flags: FlagValues<typeof OVERRIDES> & { readonly file: string | undefined; readonly quote?: string | undefined },
): Promise<JobSubmission> {
  const overrides = overridesOf(flags);
  const { project } = context.config;
  const said = {
    ...(overrides === undefined ? {} : { overrides }),
    ...(flags.quote === undefined ? {} : { quote: flags.quote }),
    ...(project === null ? {} : { default_project: project }),
  };
  const path = flags.file ?? (what !== undefined && /\.(?:ya?ml|json)$/.test(what) ? what : undefined);
  if (path !== undefined && what !== undefined && what !== path)
    throw new Problem("usage.surplus", { detail: `both the case ${what} and the file ${path} are given`, fix: "Give one of them." });
  const { cwd } = context.surroundings;
  if (path === "-") return { file: "(stdin)", text: await context.readStdin(), folder: cwd, ...said };
  if (path !== undefined) return { file: path, text: readTextFile(resolve(cwd, path), path), folder: dirname(resolve(cwd, path)), ...said };
  if (what === undefined)
    throw new Problem("usage.missing", { detail: "there is neither a case nor a file", fix: "Name a case (headgate app list), or a job file with --file." });
  return { file: "(command line)", text: caseText(what), folder: cwd, ...said };
}

/** The job file that `app/case` stands for. JSON strings are YAML too, so nothing that is typed can mean more than a name. */
function caseText(what: string): string {
  const slash = what.indexOf("/");
  if (slash < 0) return `app: ${JSON.stringify(what)}\n`;
  return `app: ${JSON.stringify(what.slice(0, slash))}\ncase: ${JSON.stringify(what.slice(slash + 1))}\n`;
}
