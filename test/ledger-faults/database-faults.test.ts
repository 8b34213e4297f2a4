import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { milliseconds } from "#kernel";
import { eventually } from "../beds/eventually.ts";
import { freshDatabase } from "../beds/postgres.ts";
import { answerOf, difference, faultBenchOn, TO_BE_ASKED_AGAIN, type FaultBench } from "./bench.ts";
import { MOVEMENTS } from "./movements.ts";
import type { Movement } from "./requests.ts";
import { outcomeOf, type Request } from "./side.ts";

/*
 * What PostgreSQL itself can answer: a lost race, a deadlock, a server that takes no writes, a statement that takes too long, no free connection. Each request ends once or not
 * at all, and asked again under its key it is done, once.
 */

/** Long enough to be tried again in. */
const PATIENT = { patience: { totalMs: milliseconds(20_000), firstMs: milliseconds(1), longestMs: milliseconds(20) } };

/** Those that lock balances of two accounts or of one, that add and that take away; settling and giving back are told by what they make first. */
const OF_ALL_KINDS: readonly Movement[] = MOVEMENTS.filter(({ name }) => !name.startsWith("expire"));

let url: string;
let bench: FaultBench;
let other: pg.Client;
async function open(options: Parameters<typeof faultBenchOn>[1]): Promise<void> {
  const fresh = await freshDatabase();
  ({ url } = fresh);
  bench = await faultBenchOn(fresh, options);
  other = new pg.Client({ connectionString: url, application_name: "another program" });
  await other.connect();
}
async function close(): Promise<void> {
  await other.end();
  await bench.drop();
}

/** Asks once more without a fault, and looks whether it was done once, whatever was answered before. */
async function expectOnce(
  movement: Movement,
  request: Request,
  first: { code: string | null; answer: unknown },
  before: Awaited<ReturnType<FaultBench["totals"]>>,
) {
  if (first.code !== null) expect(TO_BE_ASKED_AGAIN, movement.name).toContain(first.code);
  const again = await bench.ask(bench.through, request);
  expect(again.code, movement.name).toBeNull();
  if (first.code === null) expect(answerOf(request.route, again.answer), movement.name).toBe(answerOf(request.route, first.answer));
  expect(await bench.transactions(request), movement.name).toBe(movement.transactions);
  expect(difference(before, await bench.totals()).transactions, movement.name).toBe(movement.transactions);
}

describe("a deadlock with another program", () => {
  beforeAll(() => open(PATIENT));
  afterAll(close);

  test("is broken, and the movement that lost is done again, once", { timeout: 30_000 }, async () => {
    // The other one never gives up, so that it is the ledger's statement which is ended.
    await other.query("set deadlock_timeout = '1h'");
    const before = await bench.totals();
    await other.query("begin");
    await other.query("select 1 from headgate.balance b join headgate.account a on a.id = b.node_id where a.name = 'bio' for update of b");
    const request: Request = { route: "transfer", key: "deadlock", params: { name: "geo" }, body: { to: "bio", amount: "1", reason: "biology" } };
    const asked = bench.ask(bench.through, request);
    await untilWaiting(1);
    await other.query("select 1 from headgate.balance b join headgate.account a on a.id = b.node_id where a.name = 'geo' for update of b");
    await other.query("commit");
    await expectOnce(
      MOVEMENTS.find(({ name }) => name === "transfer")!,
      request,
      await asked,
      before,
    );
    expect(await bench.faults()).toEqual([]);
  });
});

describe("where every transaction is serializable", () => {
  beforeAll(async () => {
    await open(PATIENT);
    await other.query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_isolation = 'serializable'`);
    await bench.proxy.cutIdle();
  });
  afterAll(close);

  test("movements that race for one account are done again until they are done, each once", { timeout: 60_000 }, async () => {
    const requests = Array.from({ length: 60 }, (_, index): Request => ({
      route: "placeHold",
      key: `race-${index}`,
      body: { account: "geo", amount: "1", subject: `job:${index}` },
    }));
    const before = await bench.totals();
    // The other side takes part on connections of its own; both write the same balances and the same end of the chain.
    const outcomes = await Promise.all(requests.map((request, index) => bench.ask(index % 2 === 0 ? bench.through : bench.direct, request)));
    for (const { code } of outcomes) if (code !== null) expect(TO_BE_ASKED_AGAIN).toContain(code);
    for (const request of requests) expect((await bench.ask(bench.through, request)).code).toBeNull();
    expect(difference(before, await bench.totals()).transactions).toBe(60);
    for (const request of requests) expect(await bench.transactions(request)).toBe(1);
    expect(await bench.faults()).toEqual([]);
  });
});

const GIVEN_UP = [
  {
    what: "a statement that takes too long",
    limits: { statementTimeoutMs: 150, lockTimeoutMs: 10_000 },
    codes: ["db.statement-timeout", "budget.outcome-unknown"],
  },
  { what: "a lock that is not given", limits: { statementTimeoutMs: 10_000, lockTimeoutMs: 150 }, codes: TO_BE_ASKED_AGAIN },
];

describe.each(GIVEN_UP)("$what", ({ limits, codes }) => {
  beforeAll(() => open(limits));
  afterAll(close);

  test.each(OF_ALL_KINDS)("$name is ended with nothing done, and done once afterwards", async (movement) => {
    const request = await movement.request(bench, `given-up-${movement.name.replace(/[^a-z]+/g, "-")}`);
    const before = await bench.totals();
    await other.query("begin");
    // Nobody gets past the end of the chain.
    await other.query("lock table headgate.journal_batch in access exclusive mode");
    const first = await bench.ask(bench.through, request);
    await other.query("rollback");
    expect(codes).toContain(first.code);
    expect(await bench.totals()).toEqual(before);
    await expectOnce(movement, request, first, before);
  });
});

describe("more callers than connections", () => {
  const CALLERS = 400;
  beforeAll(() => open({ connectionsMax: 2, waitingMax: 40, ...PATIENT }));
  afterAll(close);

  test("are all answered, those that found no room are told to ask again, and nothing is done twice", { timeout: 60_000 }, async () => {
    const before = await bench.totals();
    await other.query("begin");
    await other.query("lock table headgate.journal_batch in access exclusive mode");
    // Changes of accounts are not gathered into batches: each wants a connection of its own.
    const requests = Array.from({ length: CALLERS }, (_, index): Request =>
      index % 2 === 0
        ? { route: "allocate", key: `crowd-${index}`, params: { name: "geo" }, body: { amount: "1", through: true, reason: "more" } }
        : { route: "placeHold", key: `crowd-${index}`, body: { account: "bio", amount: "1", subject: `job:${index}` } },
    );
    const asked = requests.map((request) => outcomeOf(bench.through.perform(request)));
    const early = await Promise.race([
      Promise.all(asked.map((one) => one.then(({ code }) => code))).then(() => "all"),
      untilWaiting(2).then(() => "some wait"),
    ]);
    expect(early).toBe("some wait");
    await other.query("rollback");
    const outcomes = await Promise.all(asked);
    const codes = new Set(outcomes.map(({ code }) => code));
    expect([...codes].filter((code) => code !== null && code !== "db.busy" && code !== "overloaded" && code !== "budget.outcome-unknown")).toEqual([]);
    expect(codes).toContain("db.busy");
    for (const request of requests) expect((await bench.ask(bench.through, request)).code).toBeNull();
    expect(difference(before, await bench.totals()).transactions).toBe(CALLERS);
    expect(await bench.faults()).toEqual([]);
  });
});

/** Until so many of our connections wait for a lock. */
function untilWaiting(count: number): Promise<unknown> {
  const query = "select count(*)::integer as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  const ask = async () => {
    await other.query("select pg_stat_clear_snapshot()");
    return (await other.query<{ waiting: number }>(query)).rows[0]?.waiting ?? 0;
  };
  return eventually("connections that wait for a lock", ask, (found) => found >= count, 20_000);
}
