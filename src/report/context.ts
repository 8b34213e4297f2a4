import type { Viewer } from "#access";
import type { Accounts } from "#budget";
import type { Database } from "#db";
import type { Clock, Person } from "#kernel";

/** What the reports need of the other rooms. */
export type ReportContext = {
  readonly db: Database;
  readonly clock: Clock;
  readonly accounts: Pick<Accounts, "demandOn" | "pathOf" | "defaultOf">;
  readonly people: { viewer(person: Person): Promise<Viewer> };
};
