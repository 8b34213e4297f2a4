import { expect } from "vitest";
import { ledgerVerifications, openAccounts, openLedger, type Accounts, type HoldAsk, type Ledger, type SettleAsk } from "#budget";
import { openDatabase, verify, type OpenDatabase } from "#db";
import { addMs, instant, manualClock, milliseconds, parseMicros, Problem, type Micros } from "#kernel";
import { cuttingProxy, type CuttingProxy } from "../beds/cutting-proxy.ts";
import { freshDatabase } from "../beds/postgres.ts";

/** Tells whether a fault is one that a caller can act on: a Problem of the catalogue that says to ask again, and never an error of the driver. */
export const TO_BE_ASKED_AGAIN: readonly string[] = [
  "budget.outcome-unknown",
  "db.outcome-unknown",
  "db.unreachable",
  "db.contention",
  "db.busy",
  "db.unsuitable",
  "db.statement-timeout",
];

export function usd(text: string): Micros {
  const amount = parseMicros(text);
  if (amount === undefined) throw new Error(`${text} is no amount`);
  return amount;
}

export const START = instant(Date.UTC(2026, 10, 21, 12));
export const BEFORE_START = addMs(START, milliseconds(-1));

export type Side = { readonly db: OpenDatabase; readonly ledger: Ledger; readonly accounts: Accounts };

/** A ledger whose only way to its database leads through a proxy that cuts, and the same database seen directly. */
export type FaultBench = {
  readonly proxy: CuttingProxy;
  readonly url: string;
  readonly through: Side;
  readonly direct: Side;
  /** What `headgate db verify` finds of the ledger. */
  faults(): Promise<readonly string[]>;
  drop(): Promise<void>;
};

export async function faultBench(): Promise<FaultBench> {
  const bed = await freshDatabase();
  const clock = manualClock(START);
  const proxy = await cuttingProxy(bed.url);
  const way = await openDatabase({ url: proxy.url, connectionsMax: 1, patience: { totalMs: 30, firstMs: 1, longestMs: 5 } });
  const sideOf = (db: OpenDatabase): Side => ({
    db,
    ledger: openLedger(db, clock, { pause: () => Promise.resolve() }),
    accounts: openAccounts({ db, clock, source: "test" }),
  });
  const [through, direct] = [sideOf(way), sideOf(bed.db)];
  await direct.accounts.create(
    { name: "uni", title: null, kind: "institution", parent: null, allocated: usd("1000000"), startsAt: null, endsAt: null },
    "owner",
    "uni",
  );
  for (const name of ["geo", "bio"]) {
    await direct.accounts.create({ name, title: null, kind: "project", parent: "uni", allocated: usd("10000"), startsAt: null, endsAt: null }, "owner", name);
  }
  return {
    proxy,
    url: bed.url,
    through,
    direct,
    faults: async () => (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults),
    drop: async () => {
      await through.ledger.close();
      await way.close();
      await proxy.close();
      await direct.ledger.close();
      await bed.drop();
    },
  };
}

/** An operation of the ledger that is asked again and again, each time as a request of its own. */
export type Operation = {
  readonly name: string;
  /** What has to be there before request `index` is made, made without a fault. */
  prepare(bench: FaultBench, index: number): Promise<void>;
  /** The request; the same index is the same request under the same key. */
  ask(side: Side, index: number): Promise<unknown>;
  /** How many movements request `index` has in the journal: 1 when it was done. */
  done(bench: FaultBench, index: number): Promise<number>;
};

async function countKey(bench: FaultBench, key: string): Promise<number> {
  const [row] = await bench.direct.db.query<{ count: bigint }>("select count(*) from headgate.journal_transaction where key = $1", [key]);
  return Number(row?.count ?? 0n);
}

function holdAsk(key: string, more: Partial<HoldAsk> = {}): HoldAsk {
  return { key, account: "geo", amount: usd("1"), person: "maria", subject: `job:${key}`, expiresAt: null, formula: [], expected: null, ...more };
}

const ids = new Map<string, string>();

async function placed(bench: FaultBench, key: string, more: Partial<HoldAsk> = {}): Promise<void> {
  const [answer] = await bench.direct.ledger.holdMany([holdAsk(key, more)]);
  if (answer?.kind !== "granted") throw new Error(`${key} was not granted`);
  ids.set(`${bench.url} ${key}`, answer.holdId);
}

function settleOf(holdId: string, key: string): SettleAsk {
  return { key, holdId, attempt: 1, amount: usd("0.25"), final: true, figure: "metered", at: START, note: "ended" };
}

/** Each movement of the ledger once. `label` keeps the keys of two rounds apart. */
export function operations(label: string): readonly Operation[] {
  const key = (kind: string, index: number) => `${label}:${kind}:${index}`;
  const known = (bench: FaultBench, of: string) => ids.get(`${bench.url} ${of}`) ?? "";
  let bench: FaultBench | undefined;
  const nothing = () => Promise.resolve();
  const held =
    (kind: string, more: Partial<HoldAsk> = {}) =>
    (on: FaultBench, index: number) => {
      bench = on;
      return placed(on, key(`${kind}-hold`, index), more);
    };
  const holdOf = (kind: string, index: number) => known(bench!, key(`${kind}-hold`, index));
  return [
    {
      name: "hold",
      prepare: nothing,
      ask: async ({ ledger }, index) => (await ledger.holdMany([holdAsk(key("hold", index))]))[0],
      done: (on, index) => countKey(on, key("hold", index)),
    },
    {
      name: "settle",
      prepare: held("settle"),
      ask: async ({ ledger }, index) => (await ledger.settleMany([settleOf(holdOf("settle", index), key("settle", index))]))[0],
      done: (on, index) => countKey(on, key("settle", index)),
    },
    {
      name: "release",
      prepare: held("release"),
      ask: async ({ ledger }, index) =>
        (await ledger.releaseMany([{ key: key("release", index), holdId: holdOf("release", index), at: START, note: "cancelled" }]))[0],
      done: (on, index) => countKey(on, key("release", index)),
    },
    {
      name: "expire",
      prepare: held("expire", { expiresAt: BEFORE_START }),
      ask: async ({ ledger }) => ({ kind: "expired", count: await ledger.expireHolds() }),
      done: (on, index) => countKey(on, `ledger:expire:${known(on, key("expire-hold", index))}`),
    },
    {
      name: "allocate",
      prepare: nothing,
      ask: async ({ accounts }, index) => {
        await accounts.allocate({ account: "geo", amount: usd("2"), through: true, reason: "more" }, "owner", key("allocate", index));
        return { kind: "allocated" };
      },
      done: (on, index) => countKey(on, key("allocate", index)),
    },
    {
      name: "transfer",
      prepare: nothing,
      ask: async ({ db }, index) =>
        db.query("select headgate.transfer($1, 'geo', 'bio', 1000000, 'owner', 'test', 'for biology', $2, $2) as done", [
          key("transfer", index),
          new Date(START).toISOString(),
        ]),
      done: (on, index) => countKey(on, key("transfer", index)),
    },
    {
      name: "open an account with money",
      prepare: nothing,
      ask: async ({ accounts }, index) => ({
        kind: "created",
        now: await accounts.create(
          { name: `${label}-${index}`, title: null, kind: "person", parent: "geo", allocated: usd("5"), startsAt: null, endsAt: null },
          "owner",
          key("open", index),
        ),
      }),
      // The account and its money are one movement for whoever asked: both or neither.
      done: async (on, index) => {
        const counts = [await countKey(on, key("open", index)), await countKey(on, `ledger:money:${key("open", index)}`)];
        expect(counts[0]).toBe(counts[1]);
        return counts[0]!;
      },
    },
  ];
}

/** The answer, or the code of the Problem it ended in; anything else that is thrown fails the test, because a caller could do nothing with it. */
export async function outcomeOf(asking: Promise<unknown>): Promise<{ readonly answer: unknown; readonly code: string | null }> {
  try {
    return { answer: await asking, code: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { answer: null, code: error.code };
  }
}

/** What each pocket of the tree holds, in dollars, and what the journal's movements add up to. */
export async function heldAndSpent(bench: FaultBench, account: string): Promise<{ held: number; spent: number; allocated: number }> {
  const record = await bench.direct.accounts.get(account);
  return { held: Number(record.held) / 1e6, spent: Number(record.spent) / 1e6, allocated: Number(record.allocated) / 1e6 };
}
