import { accessSync, constants, existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bytes } from "../format.ts";
import { OWNER_TOKEN_FILE } from "../endpoint.ts";
import { fail, ok, warn, type Finding, type Look } from "./finding.ts";

/** Below the first nothing works (PostgreSQL stops); below the second one larger job fills the disk. */
const DISK_BYTES_FAIL = 300 * 1024 ** 2;
const DISK_BYTES_WARN = 3 * 1024 ** 3;

/** The nearest folder above that is there: what is asked of the state folder before it is made. */
function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

export const lookAtState: Look = async ({ config }) => {
  const folder = nearestFolder(config.state);
  const whether = folder === config.state ? config.state : `${config.state} (will be made in ${folder})`;
  if (!statSync(folder).isDirectory()) return fail("state folder", `${folder} is not a folder`, "Remove it, or choose another with HEADGATE_STATE.");
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return fail("state folder", `${whether} cannot be written by you`, "Give it to the user that runs Headgate, or choose another with HEADGATE_STATE.");
  }
  return ok("state folder", whether);
};

export const lookAtDisk: Look = async ({ config }) => {
  const folder = nearestFolder(config.state);
  const { bavail, bsize } = await statfs(folder);
  return judgeDisk(bavail * bsize, folder);
};

export function judgeDisk(free: number, folder: string): Finding {
  const words = `${bytes(free)} free at ${folder}`;
  if (free < DISK_BYTES_FAIL) return fail("disk", words, "Free some space: PostgreSQL stops when there is none.");
  return free < DISK_BYTES_WARN ? warn("disk", words, "Free some space before larger jobs.") : ok("disk", words);
}

/** Who can read the token is the owner of this installation. */
export const lookAtToken: Look = async ({ config }) => {
  const path = join(config.state, OWNER_TOKEN_FILE);
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return ok("owner token", "is made when the server starts for the first time");
  return judgeToken(path, status.mode & 0o777, status.uid === process.getuid?.());
};

export function judgeToken(path: string, mode: number, ours: boolean): Finding {
  if ((mode & 0o077) !== 0)
    return fail(
      "owner token",
      `${path} can be read by others (mode ${mode.toString(8).padStart(4, "0")})`,
      `chmod 600 ${path}, then restart the server: it makes a new token.`,
    );
  return ours
    ? ok("owner token", `${path}, for its owner alone`)
    : warn("owner token", `${path} belongs to another user`, "Run commands as the user that runs the server, or give a token of your own in HEADGATE_TOKEN.");
}

export const lookAtSettings: Look = async ({ resolved }) => {
  const set = resolved.settings.filter((setting) => setting.origin !== "default");
  const words = set.length === 0 ? "all defaults" : set.map((setting) => `${setting.key} from ${setting.where}`).join(", ");
  const [first] = resolved.warnings;
  return first === undefined ? ok("settings", words) : warn("settings", `${first.path} ${first.message}`, first.fix ?? "Take it away.");
};

export const lookAtDashboard: Look = async ({ root }) => {
  const built = existsSync(join(root, "dist", "web", "index.html"));
  return built ? ok("dashboard", "built") : warn("dashboard", "not built", "In a clone: npm start builds it. Everything else works without it.");
};
