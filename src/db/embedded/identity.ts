import { Problem } from "#kernel";
import { runCommand, type Identity } from "./command.ts";

/** In this order: the user of Debian's and Red Hat's own packages, then the one that we make. */
const CANDIDATES = ["postgres", "headgate-db"] as const;
const OWN = "headgate-db";

const COMMAND_TIMEOUT_MS = 20_000;

/**
 * Who the server runs as. PostgreSQL refuses to run as root, so root needs another user: `postgres` if there is one, else a system user
 * of ours, made here once (`onMade` is told). null: as whoever runs Headgate.
 */
export async function serverIdentity(onMade: (name: string) => void): Promise<Identity | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of CANDIDATES) {
    const found = await lookUp(name);
    if (found !== undefined) return found;
  }
  const reasons: string[] = [];
  // shadow-utils first, then busybox (Alpine).
  for (const command of [
    ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", OWN],
    ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/sbin/nologin", OWN],
  ]) {
    const { output } = await runCommand(command[0]!, command.slice(1), { timeoutMs: COMMAND_TIMEOUT_MS });
    const made = await lookUp(OWN);
    if (made !== undefined) {
      onMade(OWN);
      return made;
    }
    reasons.push(output);
  }
  throw new Problem("db.no-user", { detail: `no user "postgres", and ${OWN} could not be made: ${reasons.join("; ")}` });
}

async function lookUp(name: string): Promise<Identity | undefined> {
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => runCommand("id", [flag, name], { timeoutMs: COMMAND_TIMEOUT_MS })));
  if (uid?.code !== 0 || gid?.code !== 0) return undefined;
  return { name, uid: Number(uid.output), gid: Number(gid.output) };
}
