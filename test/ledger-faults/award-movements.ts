import type { FaultBench } from "./bench.ts";
import { account, ending, held, leaseRequest, must, opening, work, type Movement } from "./requests.ts";
import type { Request } from "./side.ts";

/* Awards, and costs that go another way because of one: to its late fund, or with its indirect cost. */

const LATE = "2025-06-01T00:00:00Z";

export const AWARD_MOVEMENTS: readonly Movement[] = [
  { name: "write an award down", transactions: 2, request: async (bench, label) => award(await opened(bench, label), label) },
  {
    name: "change an award",
    transactions: 1,
    request: async (bench, label) => of("updateAward", await awarded(bench, label), label, { total: "120", reason: "supplement" }),
  },
  {
    name: "extend an award",
    transactions: 2,
    request: async (bench, label) => of("extendAward", await awarded(bench, label), label, { ends_on: "2027-06-30", reason: "letter", approver: "NSF" }),
  },
  {
    name: "approve an indirect rate",
    transactions: 1,
    request: async (bench, label) => indirect(await awarded(bench, label), label),
  },
  {
    name: "plan releases",
    transactions: 1,
    request: async (bench, label) => releases(await awarded(bench, label), label),
  },
  {
    name: "release a part",
    transactions: 1,
    request: async (bench, label) => {
      const number = await awarded(bench, label);
      await must(bench, releases(number, `${label}-plan`));
      const request = of("releaseAward", number, label, { approver: "dean" });
      return { ...request, params: { number, ordinal: 1 }, beside: `release:${number}:%` };
    },
  },
  {
    name: "turn the calendar",
    transactions: 1,
    request: async (bench, label) => {
      const number = await awarded(bench, label);
      await must(bench, releases(number, `${label}-plan`, { gate: "date", due_on: "2026-11-01" }));
      return { route: "turnAwards", key: label, beside: `release:${number}:%` };
    },
  },
  {
    name: "settle with indirect cost",
    transactions: 2,
    request: async (bench, label) => {
      const name = await withRate(bench, label);
      return ending("settleHold", await held(bench, label, { account: name, charge_class: "compute" }), label, {
        attempt: 1,
        amount: "0.5",
        final: true,
        note: "ended",
      });
    },
  },
  {
    name: "charge with indirect cost",
    transactions: 2,
    request: async (bench, label) =>
      account("charge", await withRate(bench, label), label, { amount: "0.5", subject: "cluster:alps/x", note: "a day", charge_class: "compute" }),
  },
  {
    name: "settle to a late fund",
    transactions: 2,
    request: async (bench, label) =>
      ending("settleHold", await held(bench, label, { account: await late(bench, label) }), label, {
        attempt: 1,
        amount: "0.5",
        final: true,
        note: "ended",
        at: LATE,
      }),
  },
  {
    name: "charge to a late fund",
    transactions: 1,
    request: async (bench, label) => account("charge", await late(bench, label), label, { amount: "0.5", subject: "cluster:alps/x", note: "a bill", at: LATE }),
  },
  {
    name: "settle a lease to a late fund",
    transactions: 2,
    request: async (bench, label) =>
      ending("settleLease", await leasedOf(bench, label, await late(bench, label)), label, { ...work("0.5", "0.25", label), at: LATE }),
  },
  {
    name: "settle a lease with indirect",
    transactions: 3,
    request: async (bench, label) =>
      ending("settleLease", await leasedOf(bench, label, await withRate(bench, label)), label, { ...work("0.5", "0.25", label), charge_class: "compute" }),
  },
];

/** An account of its own with enough that a quarter of it is half a dollar. */
async function opened(bench: FaultBench, label: string): Promise<string> {
  await must(bench, opening(`own-${label}`, "4", `${label}-own`));
  return `own-${label}`;
}

function award(name: string, label: string, more: object = {}): Request {
  const terms = { agency: "NSF", title: "Isotopes", pi: "Dr Li", total: "100", starts_on: "2026-01-01", ends_on: "2026-12-31" };
  return { route: "createAward", key: label, body: { number: `W-${label}`, account: name, ...terms, ...more } };
}

async function awarded(bench: FaultBench, label: string, more: object = {}): Promise<string> {
  const request = award(await opened(bench, label), `${label}-award`, { number: `W-${label}`, ...more });
  await must(bench, request);
  return `W-${label}`;
}

function of(route: Request["route"], number: string, label: string, body: object): Request {
  return { route, key: label, params: { number }, body };
}

function indirect(number: string, label: string): Request {
  return of("setIndirect", number, label, { class: "compute", rate: "0.5", dated: "2026-01-01", agreement: "2025", approver: "dean", reason: "agreed" });
}

function releases(number: string, label: string, gate: object = { gate: "approval" }): Request {
  return of("scheduleReleases", number, label, { releases: [{ amount: "2", label: "part", ...gate }], reason: "the letter" });
}

/** An account whose award has an indirect rate. */
async function withRate(bench: FaultBench, label: string): Promise<string> {
  await must(bench, indirect(await awarded(bench, label), `${label}-rate`));
  return `own-${label}`;
}

/** An account whose costs of other days go to a fund. */
async function late(bench: FaultBench, label: string): Promise<string> {
  await must(bench, opening(`late-${label}`, "4", `${label}-late`));
  await awarded(bench, label, { late_account: `late-${label}` });
  return `own-${label}`;
}

async function leasedOf(bench: FaultBench, label: string, name: string): Promise<string> {
  const { body, ...rest } = leaseRequest(`${label}-lease`);
  return String((await must(bench, { ...rest, body: { ...(body as object), account: name } }))["lease_id"]);
}
