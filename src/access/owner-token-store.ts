import { link, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Problem, type Randomness } from "#kernel";
import { isSecret, newSecret, secretHash } from "./secret.ts";

/**
 * The token of the owner of an installation: a file that only the owner can read. Who can read the state folder can read the database
 * anyway, so the file is the place of the secret and the server keeps its hash in memory only: nothing of it is in a backup, and
 * removing the file and starting again replaces it.
 */

export const OWNER_TOKEN_FILE = "owner-token";

export type OwnerToken = {
  readonly path: string;
  readonly secret: string;
  readonly hash: Uint8Array;
  /** Why there is a new one: there was none, others could read it, or it was not a token. Null when the file was good. */
  readonly made: "first" | "exposed" | "damaged" | null;
};

/** The owner's token of a state folder; makes it when there is none, and replaces one that others could have read. Throws `state.read-only` and `state.disk-full`. */
export async function ensureOwnerToken(stateFolder: string, randomness: Randomness): Promise<OwnerToken> {
  const path = join(stateFolder, OWNER_TOKEN_FILE);
  try {
    const found = await readToken(path);
    if (found.kind === "good") return { path, secret: found.secret, hash: secretHash(found.secret), made: null };
    const secret = await writeToken(path, newSecret("hgo", randomness), found.kind === "first");
    return { path, secret, hash: secretHash(secret), made: found.kind };
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem((cause as NodeJS.ErrnoException).code === "ENOSPC" ? "state.disk-full" : "state.read-only", {
      detail: `the owner's token ${path} cannot be read or written: ${(cause as Error).message}`,
      cause,
    });
  }
}

type FoundToken = { readonly kind: "good"; readonly secret: string } | { readonly kind: "first" | "exposed" | "damaged" };

async function readToken(path: string): Promise<FoundToken> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) return { kind: "exposed" };
    const secret = (await readFile(path, "utf8")).trim();
    return isSecret(secret, "hgo") ? { kind: "good", secret } : { kind: "damaged" };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "first" };
    throw error;
  }
}

/** Writes beside, then puts in place: nobody ever sees half a token. With `first`, one that another process has just made wins. */
async function writeToken(path: string, secret: string, first: boolean): Promise<string> {
  // A name of its own for each starter; the secret itself must not show in it.
  const beside = `${path}.${Buffer.from(secretHash(secret)).toString("hex").slice(0, 16)}`;
  const file = await open(beside, "wx", 0o600);
  try {
    await file.writeFile(`${secret}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  if (!first) {
    await rename(beside, path);
    return secret;
  }
  try {
    await link(beside, path);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await readFile(path, "utf8")).trim();
  } finally {
    await rm(beside, { force: true });
  }
}
