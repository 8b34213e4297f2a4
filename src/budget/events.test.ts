import { afterAll, beforeAll, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, micros, milliseconds, newId, seededRandomness, systemRandomness, type Micros } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { bench, freshName, openTree, type Bench } from "./test-tree.ts";
import { ledgerVerifications } from "./verify-store.ts";

/* What tells the ledger of jobs repeats itself, comes out of order, and stays away: one to five copies of everything, ends before their starts, two ends, never an end. */

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const JOBS = 14;
const AT_ONCE = 9;

let bed: FreshDatabase;
let b: Bench;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
});
afterAll(() => bed.drop());

type Job = { readonly name: string; readonly attempts: readonly Micros[]; readonly ends: "twice" | "once" | "never" | "cancelled"; holdId: string | null };
type Event = { readonly job: Job; readonly kind: "start" | "end" | "other end" | "cancel"; readonly attempt: number };

test.each(SEEDS)(
  "whatever is told, and however often, each attempt is charged once and nothing stays reserved (seed %i)",
  async (seed) => {
    const dice = seededRandomness(seed * 7_919);
    const account = freshName("climate");
    await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "500" });
    const ledgers = [b.ledger, b.another()];
    const over = addMs(b.clock.now(), milliseconds(60_000));
    const jobs = Array.from({ length: JOBS }, (_, index): Job => {
      const attempts = Array.from({ length: 1 + dice.below(3) }, () => micros(BigInt(1 + dice.below(900_000))));
      return { name: `${account}-${index}`, attempts, ends: (["twice", "once", "never", "cancelled"] as const)[dice.below(4)]!, holdId: null };
    });
    const eventsOf = (job: Job): Event[] => [
      { job, kind: "start", attempt: 0 },
      ...(job.ends === "never" ? [] : job.attempts.map((_, index): Event => ({ job, kind: "end", attempt: index + 1 }))),
      // The same end by another way, which does not know of the first: under another key.
      ...(job.ends === "twice" ? [{ job, kind: "other end", attempt: job.attempts.length } as const] : []),
      ...(job.ends === "cancelled" ? [{ job, kind: "cancel", attempt: 0 } as const] : []),
    ];
    const queue = jobs.flatMap(eventsOf).flatMap((event) => Array.from({ length: 1 + dice.below(5) }, () => event));
    for (let index = queue.length - 1; index > 0; index -= 1) {
      const other = dice.below(index + 1);
      [queue[index], queue[other]] = [queue[other]!, queue[index]!];
    }

    async function deliver({ job, kind, attempt }: Event, ledger: (typeof ledgers)[number]): Promise<"done" | "too early"> {
      if (kind === "start") {
        const ask = {
          key: `hold:${job.name}`,
          account,
          amount: micros(1_000_000n),
          person: "maria",
          subject: `job:${job.name}`,
          expiresAt: over,
          formula: [],
          expected: null,
        };
        const [answer] = await ledger.holdMany([ask]);
        if (answer?.kind !== "granted") throw new Error(`${job.name} was not granted`);
        expect([null, answer.holdId]).toContain(job.holdId);
        job.holdId = answer.holdId;
        return "done";
      }
      // Whoever hears of an end before the start knows no reservation, or a wrong one.
      const holdId = job.holdId ?? newId(b.clock, systemRandomness);
      const known = job.holdId !== null;
      const at = b.clock.now();
      const [answer] =
        kind === "cancel"
          ? await ledger.releaseMany([{ key: `release:${job.name}`, holdId, at, note: "cancelled" }])
          : await ledger.settleMany([
              {
                key: kind === "end" ? `settle:${job.name}:${attempt}` : `poll:${job.name}:${attempt}`,
                holdId,
                attempt,
                amount: job.attempts[attempt - 1]!,
                final: attempt === job.attempts.length,
                figure: "metered",
                at,
                note: "ended",
              },
            ]);
      if (known) return "done";
      expect(answer).toMatchObject({ kind: "refused", code: "budget.hold-unknown" });
      return "too early";
    }

    while (queue.length > 0) {
      const batch = queue.splice(0, AT_ONCE);
      const outcomes = await Promise.all(batch.map((event, index) => deliver(event, ledgers[index % 2]!)));
      // It is told again, as a poller does.
      for (const [index, outcome] of outcomes.entries()) if (outcome === "too early") queue.splice(dice.below(queue.length + 1), 0, batch[index]!);
    }
    b.clock.set(addMs(over, milliseconds(1)));
    while ((await b.ledger.expireHolds()) > 0);

    const rows = await bed.db.query<{ subject: string; attempt: number; amount: bigint; times: bigint }>(
      "select subject, attempt, min(amount) as amount, count(*) as times from headgate.journal_transaction where kind = 'settle' and subject like $1 group by 1, 2",
      [`job:${account}-%`],
    );
    expect(rows.filter(({ times }) => times !== 1n)).toEqual([]);
    let expected = 0n;
    for (const job of jobs) {
      const charged = rows.filter(({ subject }) => subject === `job:${job.name}`);
      for (const { attempt, amount } of charged) expect(amount).toBe(job.attempts[attempt - 1]);
      // A cancellation that came first says that nothing ran; every other end is charged in full.
      if (job.ends === "once" || job.ends === "twice") expect([job.name, charged.length]).toEqual([job.name, job.attempts.length]);
      if (job.ends === "never") expect(charged).toEqual([]);
      expected += charged.reduce((sum, { amount }) => sum + amount, 0n);
    }
    const { spent, held } = await b.accounts.get(account);
    expect([spent, held]).toEqual([expected, 0n]);
    const open = await bed.db.query(
      "select 1 from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction where h.state = 'open' and t.subject like $1",
      [`job:${account}-%`],
    );
    expect(open).toEqual([]);
    expect((await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults)).toEqual([]);
  },
  60_000,
);
