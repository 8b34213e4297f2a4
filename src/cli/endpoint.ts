import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "#config";
import { Problem } from "#kernel";

/** Where the server answers, and with what we sign in. */
export type Endpoint = {
  readonly url: string;
  readonly token: string | null;
  /** True for the server of our own state folder. */
  readonly local: boolean;
  /** What else is known, for the message when nobody answers. */
  readonly about: string;
};

const SERVER_FILE = "server.json";
export const OWNER_TOKEN_FILE = "owner-token";

/**
 * The server that commands talk to: the one named, else the one that runs on the state folder. The owner's token is sent to the
 * latter only: to any other address it would be given away. Throws `server.not-running`, `server.no-token`, `state.read-only`.
 */
export function findEndpoint(config: Config): Endpoint {
  const own = readServerFile(config.state);
  if (config.server.url !== null && config.server.url !== own?.url) {
    if (config.server.token === null) throw new Problem("server.no-token", { detail: `there is no token for ${config.server.url}` });
    return { url: config.server.url, token: config.server.token, local: false, about: "" };
  }
  if (own === null) throw new Problem("server.not-running", { detail: `no server runs on ${config.state}` });
  const about = processRuns(own.pid) ? `, though its process ${own.pid} is there` : `; the server that was there (process ${own.pid}) is gone`;
  return { url: own.url, token: config.server.token ?? readOwnerToken(config.state), local: true, about };
}

/** What the running server wrote down; null when there is none. Only what is needed is looked at: this runs in every completion. */
export function readServerFile(state: string): { url: string; pid: number } | null {
  const text = readIfThere(join(state, SERVER_FILE));
  if (text === null) return null;
  try {
    const { url, pid } = JSON.parse(text) as { url?: unknown; pid?: unknown };
    return typeof url === "string" && /^https?:\/\//.test(url) && typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0
      ? { url: url.replace(/\/+$/, ""), pid }
      : null;
  } catch {
    return null;
  }
}

function readOwnerToken(state: string): string {
  const path = join(state, OWNER_TOKEN_FILE);
  const token = readIfThere(path)?.trim() ?? "";
  if (token === "")
    throw new Problem("server.no-token", {
      detail: `${path} is not there`,
      fix: "The server makes it when it starts: headgate server. Elsewhere give a token in HEADGATE_TOKEN.",
    });
  return token;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new Problem("server.no-token", {
      detail: message,
      fix: "Commands use the owner's token: run them as the user that runs the server, or give a token of your own in HEADGATE_TOKEN.",
      cause: error,
    });
  }
}

export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
