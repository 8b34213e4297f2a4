import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultBench, heldAndSpent, operations, outcomeOf, TO_BE_ASKED_AGAIN, type FaultBench, type Operation } from "./bench.ts";

/** Far above the messages of any operation: a bound, so that a proxy that never lets one through is a failure and not a hang. */
const BOUNDARIES_MAX = 300;

let bench: FaultBench;
beforeAll(async () => {
  bench = await faultBench();
});
afterAll(() => bench.drop());

type Round = { readonly cut: string | null };

/** One request with the connection cut at a boundary, then the same request again without a fault. */
async function cutAt(operation: Operation, boundary: number, how: { always: boolean; cold: boolean }): Promise<Round> {
  await operation.prepare(bench, boundary);
  if (how.cold) await bench.proxy.cutIdle();
  else await bench.through.db.query("select 1");
  bench.proxy.arm(boundary, { always: how.always });
  const first = await outcomeOf(operation.ask(bench.through, boundary));
  const { cut } = bench.proxy.disarm();
  const again = await outcomeOf(operation.ask(bench.through, boundary));
  // Only a request that was not answered may be unknown to its caller; asked again, it is always answered.
  expect(again.code, `${operation.name} asked again after a cut at ${cut}`).toBeNull();
  if (first.code !== null) expect(TO_BE_ASKED_AGAIN).toContain(first.code);
  if (how.always && cut !== null) expect(first.code, `${operation.name} was not answered after a cut at ${cut}`).not.toBeNull();
  expect(await operation.done(bench, boundary), `${operation.name} cut at ${cut}`).toBe(1);
  return { cut };
}

/** Every boundary there is: the last round is the first in which nothing was left to cut. */
async function everyBoundary(operation: Operation, how: { always: boolean; cold: boolean }): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let boundary = 1; boundary <= BOUNDARIES_MAX; boundary += 1) {
    const round = await cutAt(operation, boundary, how);
    if (round.cut === null) return rounds;
    rounds.push(round);
  }
  throw new Error(`${operation.name} has more than ${BOUNDARIES_MAX} boundaries`);
}

const WAYS = [
  { name: "once, on a connection that is open", always: false, cold: false },
  { name: "once, on a connection that has to be made first", always: false, cold: true },
  { name: "and stays cut until the caller was told", always: true, cold: false },
] as const;

describe.each(WAYS)("a connection that is cut $name, at every message:", ({ name, always, cold }) => {
  const label = `${cold ? "cold" : "warm"}${always ? "-always" : ""}`;
  test.each(operations(label))(
    "$name ends exactly once, and the same key tells",
    async (operation) => {
      const rounds = await everyBoundary(operation, { always, cold });
      const cuts = rounds.map(({ cut }) => cut);
      // Before the server heard of it, between its parts, and when it was committed and only the answer was lost.
      expect(
        cuts.some((cut) => cut?.startsWith("> ")),
        name,
      ).toBe(true);
      expect(cuts.some((cut) => cut?.startsWith("< complete"))).toBe(true);
      expect(cuts.some((cut) => cut === "< ready")).toBe(true);
      expect(rounds.length).toBeGreaterThan(5);
      expect(await bench.faults()).toEqual([]);
    },
    60_000,
  );
});

test("what was asked through cut connections adds up in the balances to one movement a request", async () => {
  const [row] = await bench.direct.db.query<{ held: bigint; spent: bigint; given: bigint; moved: bigint }>(`
    select (count(*) filter (where kind = 'hold') - count(*) filter (where kind in ('settle', 'release', 'expire'))) as held,
      count(*) filter (where kind = 'settle') as spent,
      (count(*) filter (where kind = 'allocate' and key like '%:allocate:%')) as given,
      (count(*) filter (where kind = 'transfer')) as moved
    from headgate.journal_transaction`);
  const geo = await heldAndSpent(bench, "geo");
  expect(geo.held).toBe(Number(row!.held));
  expect(geo.spent).toBe(Number(row!.spent) * 0.25);
  expect(geo.allocated).toBe(10_000 + 2 * Number(row!.given) - Number(row!.moved));
  expect((await heldAndSpent(bench, "bio")).allocated).toBe(10_000 + Number(row!.moved));
});
