import { Problem } from "#kernel";

/** The value of a flag that a command cannot do without. Throws `usage.missing`. */
export function needed<T>(flag: string, value: T | undefined): T {
  if (value === undefined) throw new Problem("usage.missing", { detail: `${flag} is needed`, fix: "Add --help to see how the command is used." });
  return value;
}
