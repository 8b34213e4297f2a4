import { instantToIso, microsToDecimal, type Handlers } from "#kernel";
import type { orphanRoutes } from "./contract.ts";
import { actionFor } from "./orphan.ts";
import { orphans, recoverOrphans, type OrphanPorts, type Recovered } from "./service.ts";

export function orphanHandlers(ports: OrphanPorts): Handlers<typeof orphanRoutes> {
  return {
    findOrphans: async () => toWire(await orphans(ports)),
    recoverOrphans: async ({ person }) => toWire(await recoverOrphans(ports, { person: person.name, source: "recovery" })),
  };
}

function toWire(found: readonly Recovered[]) {
  const items = found.map((one) => ({
    kind: one.kind,
    hold: one.holdId,
    job: one.number,
    account: one.account,
    person: one.person,
    unit: one.unit,
    amount: microsToDecimal(one.amount),
    since: instantToIso(one.since),
    action: actionFor(one.kind),
    done: one.done,
    code: one.code,
  }));
  return { found: items.length, done: items.filter(({ done }) => done).length, items };
}
