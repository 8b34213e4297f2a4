import type { DatabaseTools, Running } from "#cli";
import { ledgerVerifications } from "#budget";
import { databaseService } from "#db";
import { systemClock } from "#kernel";
import { reportVerifications } from "#report";
import { openPostgres } from "./postgres.ts";

/** The database of the settings for `headgate db`; the embedded server runs until it is closed. */
export async function databaseTools({ config, progress }: Running): Promise<DatabaseTools> {
  const postgres = await openPostgres(config, "headgate db", ({ detail }) => progress.brief("database", () => detail));
  progress.end();
  return {
    service: databaseService({ url: postgres.url, dataFolder: postgres.dataFolder, clock: systemClock }),
    verifications: [...ledgerVerifications(), ...reportVerifications()],
    close: () => postgres.close(),
  };
}
