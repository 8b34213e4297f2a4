import type { Database } from "#db";
import { newId, Problem, systemRandomness, type Clock, type Randomness } from "#kernel";
import { checkAdjustAsk, checkChargeAsk, checkHoldAsk, checkReleaseAsk, checkRenewAsk, checkSettleAsk } from "./check-ask.ts";
import { adjustMany } from "./adjust/store.ts";
import { chargeMany } from "./charge/store.ts";
import { groupCommit, type GroupCommit } from "./group-commit.ts";
import * as store from "./ledger-store.ts";
import type { Ledger } from "./ledger-types.ts";
import { expireLeases } from "./lease/store.ts";
import { renewMany } from "./renew/store.ts";

export type LedgerOptions = {
  /** The door that asks without an origin of their own come through, for the journal: "server", "worker". */
  readonly source?: string;
  readonly randomness?: Randomness;
  /** Asks of one kind that may wait before the answer is `overloaded`. */
  readonly waitingMax?: number;
  readonly pause?: (ms: number) => Promise<void>;
  /** Calls back when what comes in this turn of the event loop has come. */
  readonly gather?: (start: () => void) => void;
  /** Batches of reservations that may be on their way at the same time. With 1 they are decided in the order in which they were asked for. */
  readonly holdWriters?: number;
};

const BATCH_MAX = 512;
const UNDIVIDED_MAX = 40;
const BESIDE_MIN = 24;
const WAITING_MAX = 20_000;

/**
 * Two batches of reservations may be on their way: while one waits for its commit, the other reads and writes what needs no lock. Endings
 * change rows that other endings of the same account need at once, so a second batch would only wait.
 */
const HOLD_WRITERS = 2;
const END_WRITERS = 1;

/** A quote is used under its own lock, so a reservation with one is a transaction by itself. */
const ALONE = { batchMax: 1, undividedMax: 1, besideMin: 1, writers: END_WRITERS };

/** A server that restarts is back within seconds; the database waits by itself while it is away. After 12 s whoever asked is told to ask again. */
const PAUSES_MS = [10, 50, 200, 500, 1_000, 2_000, 4_000, 4_000];

/** What the database says when nothing was done, or nothing is known: the same keys tell. */
const PASSING = new Set(["db.outcome-unknown", "db.unreachable", "db.contention", "db.busy"]);

function judge(error: unknown): "again" | "apart" | "fail" {
  if (!(error instanceof Problem)) return "apart";
  return PASSING.has(error.code) ? "again" : "fail";
}

/** Opens the ledger on a database. Any number of ledgers, in any number of processes, may work on one database at the same time. */
export function openLedger(db: Database, clock: Clock, options: LedgerOptions = {}): Ledger {
  const source = options.source ?? "server";
  const randomness = options.randomness ?? systemRandomness;
  const common = {
    judge,
    batchMax: BATCH_MAX,
    undividedMax: UNDIVIDED_MAX,
    besideMin: BESIDE_MIN,
    waitingMax: options.waitingMax ?? WAITING_MAX,
    pausesMs: PAUSES_MS,
    pause: options.pause ?? wait,
    gather: options.gather ?? nextTurn,
  };
  const holds = groupCommit({
    ...common,
    writers: options.holdWriters ?? HOLD_WRITERS,
    write: (texts: readonly string[]) => store.holdMany(db, texts, clock.now()),
  });
  const quoted = groupCommit({ ...common, ...ALONE, write: ([text]: readonly string[]) => store.holdQuoted(db, text!, clock.now()) });
  const settlements = groupCommit({
    ...common,
    writers: END_WRITERS,
    write: (asks: Parameters<Ledger["settleMany"]>[0]) => store.settleMany(db, asks, source, clock.now()),
  });
  const releases = groupCommit({
    ...common,
    writers: END_WRITERS,
    write: (asks: Parameters<Ledger["releaseMany"]>[0]) => store.releaseMany(db, asks, source, clock.now()),
  });
  const charges = groupCommit({
    ...common,
    writers: END_WRITERS,
    write: (asks: Parameters<Ledger["chargeMany"]>[0]) => chargeMany(db, asks, source, clock.now()),
  });
  const adjustments = groupCommit({
    ...common,
    batchMax: BATCH_MAX / 2,
    writers: END_WRITERS,
    write: (asks: Parameters<Ledger["adjustMany"]>[0]) => adjustMany(db, asks, clock.now()),
  });
  const renewals = groupCommit({
    ...common,
    writers: END_WRITERS,
    write: (asks: Parameters<Ledger["renewMany"]>[0]) => renewMany(db, asks, source, clock.now()),
  });
  return {
    holdMany: async (asks) => {
      for (const ask of asks) checkHoldAsk(ask);
      const texts = asks.map((ask) => store.holdText(ask, newId(clock, randomness), source));
      if (asks.every((ask) => ask.quote == null)) return addTo(holds, texts);
      return (await Promise.all(texts.map((text, index) => addTo(asks[index]!.quote == null ? holds : quoted, [text])))).flat();
    },
    settleMany: async (asks) => {
      for (const ask of asks) checkSettleAsk(ask);
      return addTo(settlements, asks);
    },
    releaseMany: async (asks) => {
      for (const ask of asks) checkReleaseAsk(ask);
      return addTo(releases, asks);
    },
    chargeMany: async (asks) => {
      for (const ask of asks) checkChargeAsk(ask);
      return addTo(charges, asks);
    },
    adjustMany: async (asks) => {
      for (const ask of asks) checkAdjustAsk(ask);
      return addTo(adjustments, asks);
    },
    renewMany: async (asks) => {
      for (const ask of asks) checkRenewAsk(ask);
      return addTo(renewals, asks);
    },
    expireHolds: async () => (await store.expireHolds(db, BATCH_MAX, source, clock.now())) + (await expireLeases(db, BATCH_MAX, source, clock.now())),
    close: async () => {
      await Promise.all([holds, quoted, settlements, releases, charges, adjustments, renewals].map((group) => group.close()));
    },
  };
}

async function addTo<Ask, Answer>(group: GroupCommit<Ask, Answer>, asks: readonly Ask[]): Promise<Answer[]> {
  if (asks.length === 0) return [];
  try {
    return await group.add(asks);
  } catch (error) {
    if (error instanceof Problem && error.code !== "db.outcome-unknown" && error.code !== "db.unreachable") throw error;
    if (error instanceof Problem)
      throw new Problem("budget.outcome-unknown", { detail: `the database went away while money was being moved: ${error.detail}`, cause: error });
    throw new Problem("internal", {
      detail: `the ledger could not write what was asked: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}

function nextTurn(start: () => void): void {
  setImmediate(start);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
