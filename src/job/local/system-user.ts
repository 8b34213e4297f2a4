import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Problem } from "#kernel";
import type { RunAs } from "./environment.ts";

const run = promisify(execFile);

/** The account of a name, wherever the machine keeps its users (files, LDAP). Throws `config.invalid` when there is none, or when it is root. */
export async function readSystemUser(name: string): Promise<RunAs> {
  const found = await run("getent", ["passwd", "--", name], { timeout: 10_000 }).catch(() => null);
  const [user, , uid, gid, , home] = (found?.stdout.split("\n")[0] ?? "").split(":");
  if (user === undefined || uid === undefined || gid === undefined || home === undefined || uid === "") {
    throw new Problem("config.invalid", { detail: `executor.user names "${name}", and this machine has no such user`, fix: "Make the user, or name another." });
  }
  if (Number(uid) === 0)
    throw new Problem("config.invalid", { detail: `executor.user names "${name}", which is root`, fix: "Name a user without rights of its own." });
  return { uid: Number(uid), gid: Number(gid), name: user, home };
}
