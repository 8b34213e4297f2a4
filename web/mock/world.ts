import type { PersonOnWire } from "#access/contract";
import { instantToIso, Problem, systemClock, type Instant } from "#kernel";
import { advance, type MockJob } from "./jobs.ts";
import type { MockLedger } from "./money.ts";
import { seedAccounts, seedJobs } from "./seed.ts";

/** The whole backend in memory. One world a server; nothing is kept. */
export type World = {
  readonly people: readonly PersonOnWire[];
  readonly sessions: Map<string, string>;
  readonly jobs: MockJob[];
  readonly ledger: MockLedger;
  readonly now: () => Instant;
  /** Who is told when something changed. */
  readonly watchers: Set<() => void>;
};

/**
 * Codes that sign in, and the sentinels that fail on purpose, so that every error can be seen in the dev server and in tests.
 * Anything else is a wrong code.
 */
export const CODES_OF: Readonly<Record<string, string>> = { "4F7K-92QD": "maria", "J4ME-5000": "james", "NEWC-0MER": "nina" };
export const SENTINELS = {
  /** A sign-in code that is answered with "too many attempts". */
  attemptsCode: "4290-4290",
  /** A job whose page ends in a fault of the server. */
  brokenJob: "500",
  /** A job that is always already ended when it is cancelled. */
  endedJob: "1836",
} as const;

function person(name: string, displayName: string, admin: boolean, at: Instant): PersonOnWire {
  return { name, display_name: displayName, email: `${name}@example.org`, admin, active: true, created_at: instantToIso(at) };
}

export function makeWorld(options: { readonly empty?: boolean } = {}): World {
  const now = () => systemClock.now();
  const at = now();
  const ledger: MockLedger = { accounts: [], holds: [], journal: [] };
  const jobs: MockJob[] = [];
  seedAccounts(ledger, at);
  if (options.empty !== true) seedJobs(jobs, ledger, at);
  const people = [
    person("maria", "Maria Lindqvist", false, at),
    person("sarah", "Sarah Okafor", false, at),
    person("james", "James Whitfield", true, at),
    person("nina", "Nina Novak", false, at),
  ];
  return { people, sessions: new Map(), jobs, ledger, now, watchers: new Set() };
}

/** Brings the world to the present and tells who watches. */
export function tick(world: World): void {
  if (advance(world.jobs, world.ledger, world.now())) tell(world);
}

export function tell(world: World): void {
  for (const watcher of world.watchers) watcher();
}

export function accountsOf(world: World, name: string): readonly string[] {
  const admin = world.people.some((each) => each.name === name && each.admin);
  return world.ledger.accounts.filter((account) => admin || account.members.includes(name)).map((account) => account.name);
}

export function findJob(world: World, number: string, viewer: string): MockJob {
  if (number === SENTINELS.brokenJob) throw new Problem("internal", { detail: "The mock was asked to fail." });
  const job = world.jobs.find((each) => each.detail.number === number);
  if (job === undefined || !accountsOf(world, viewer).includes(job.detail.project))
    throw new Problem("job.not-found", { detail: `There is no job ${number}.`, fix: "headgate job list shows what there is." });
  return job;
}

/** `{ items, next }` of a list, by offset: the cursor is the next offset. */
export function pageOf<Item>(items: readonly Item[], limit: number, cursor: string | undefined): { items: Item[]; next: string | null } {
  const from = cursor === undefined ? 0 : Number.parseInt(cursor, 10);
  const end = from + limit;
  return { items: items.slice(from, end), next: end < items.length ? String(end) : null };
}
