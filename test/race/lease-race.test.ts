import { afterAll, beforeAll, expect, test } from "vitest";
import { ledgerVerifications, openAccounts, type Accounts } from "#budget";
import { verify } from "#db";
import { micros, systemClock } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../beds/postgres.ts";
import { runRacers } from "./race.ts";
import { PRICE, type Outcome } from "./requests.ts";

const EACH = 400;
/** No multiple of a lease, so that the last lease that fits gets less than it asks for. */
const BINDS = micros(PRICE * 301n + 3n);

let bed: FreshDatabase;
let accounts: Accounts;
let outcomes: readonly Outcome[];

async function open(name: string, parent: string | null, allocated: bigint): Promise<void> {
  const kind = parent === null ? "department" : "project";
  await accounts.create({ name, title: null, kind, parent, allocated: micros(allocated), startsAt: null, endsAt: null }, "owner", `open:${name}`);
}

beforeAll(async () => {
  bed = await freshDatabase();
  accounts = openAccounts({ db: bed.db, clock: systemClock, source: "race" });
  // A department that binds its two projects, a project that binds below one that does not, and a department where reservations race with the leases.
  await open("tight", null, BINDS);
  await open("tight-one", "tight", BINDS * 9n);
  await open("tight-two", "tight", BINDS * 9n);
  await open("wide", null, BINDS * 9n);
  await open("wide-one", "wide", BINDS);
  await open("mixed", null, PRICE * 60n);
  await open("mixed-one", "mixed", PRICE * 900n);
  outcomes = await runRacers("lease-racer.ts", bed.url, EACH, ["tight-one", "wide-one", "tight-two", "mixed-one"]);
}, 120_000);
afterAll(() => bed.drop());

test("two gates that open leases at once get the quarter of the level that binds, to the millionth, and are told what they got", async () => {
  expect((await accounts.get("tight")).leased).toBe(BINDS / 4n);
  expect((await accounts.get("wide-one")).leased).toBe(BINDS / 4n);
  expect((await accounts.get("wide")).leased).toBe(BINDS / 4n);
  const told = (...names: readonly string[]) => outcomes.reduce((sum, { granted }) => sum + names.reduce((all, name) => all + (granted[name] ?? 0), 0), 0);
  expect([told("tight-one", "tight-two"), told("wide-one")]).toEqual([Number(BINDS / 4n), Number(BINDS / 4n)]);
});

test("leases and reservations that race for one account never take more than it has, and leases no more than a quarter", async () => {
  const { allocated, held, leased } = await accounts.get("mixed");
  expect(held + leased).toBeLessThanOrEqual(allocated);
  // Only what a whole reservation does not fit into is left.
  expect(allocated - held - leased).toBeLessThan(PRICE);
  expect(leased).toBeGreaterThan(0n);
  expect(leased).toBeLessThanOrEqual(allocated / 4n);
});

test("a key that both gates used is one lease, and the books are whole", async () => {
  const [one, two] = outcomes;
  expect(Object.keys(one!.shared).length).toBeGreaterThan(4);
  expect(one!.shared).toEqual(two!.shared);
  expect((await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults)).toEqual([]);
});
