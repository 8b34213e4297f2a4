import { OWNER } from "#access";
import { systemClock } from "#kernel";
import type { LabPorts } from "#lab";
import { recordRate } from "#price";
import type { Rooms } from "./rooms.ts";

/** What opening a lab needs, from the rooms that have it; everything is done in the owner's name. */
export function labPorts({ access, accounts, db }: Pick<Rooms, "access" | "accounts" | "db">): LabPorts {
  return {
    ensurePerson: (person) => access.people.ensure(person),
    ensureAccount: (account) => accounts.ensure(account, OWNER),
    ensureMember: (membership) => access.people.ensureMember(membership),
    ensureLocalRate: ({ coreHour, reason, source, date }) =>
      recordRate(db, { resource: "core", rate: coreHour, free: reason, source, dated: date }, OWNER, systemClock.now()),
  };
}
