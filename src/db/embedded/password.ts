import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "#kernel";
import { runCommand } from "./command.ts";
import { fileProblem, writeWhole } from "./files.ts";
import { ROLE, type Layout, type Site } from "./layout.ts";

/** Single-user mode replays the log first when the server had crashed. */
const RESET_TIMEOUT_MS = 600_000;

/** The password of the role, or undefined when its file is lost. Throws Problem `state.read-only` when it may not be read. */
export function readPassword(layout: Layout): string | undefined {
  try {
    const text = readFileSync(layout.password, "utf8").trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileProblem(error, layout.password);
  }
}

export async function writePassword(layout: Layout, password: string): Promise<void> {
  await writeWhole(layout.password, `${password}\n`, 0o600);
}

/** 256 random bits in letters that a URL and an SQL literal take as they are. */
export function newPassword(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Gives the role a new password when its file is lost, through PostgreSQL's single-user mode, which asks for none. The server must
 * not run. The file comes last: killed before it, the next start does all of this again.
 */
export async function resetPassword({ layout, as, native }: Site): Promise<void> {
  const password = newPassword();
  const { code, output } = await runCommand(join(native, "bin", "postgres"), ["--single", "-D", layout.data, "-c", "exit_on_error=on", "postgres"], {
    as,
    timeoutMs: RESET_TIMEOUT_MS,
    input: `alter role ${ROLE} password '${password}'\n`,
  });
  if (code !== 0)
    throw new Problem("db.credentials", {
      detail: `the password file ${layout.password} is lost and no new one could be set: ${output.replaceAll(password, "***")}`,
    });
  await writePassword(layout, password);
}
