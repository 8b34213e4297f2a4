import type { Database } from "#db";
import { instant, manualClock, parseMicros, systemRandomness, type Micros } from "#kernel";
import { openAccounts, type Accounts } from "./accounts-service.ts";
import { openLedger } from "./ledger-service.ts";
import type { HoldAnswer, HoldAsk, Ledger, SettleAsk } from "./ledger-types.ts";

export const start = instant(Date.UTC(2026, 10, 21, 12));

export function usd(text: string): Micros {
  const amount = parseMicros(text);
  if (amount === undefined) throw new Error(`${text} is no amount`);
  return amount;
}

export type Bench = {
  readonly db: Database;
  readonly clock: ReturnType<typeof manualClock>;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  /** Another ledger on the same database, as another server process has it. */
  another(): Ledger;
};

export function bench(db: Database): Bench {
  const clock = manualClock(start);
  return { db, clock, accounts: openAccounts({ db, clock, source: "test" }), ledger: openLedger(db, clock), another: () => openLedger(db, clock) };
}

/** Opens a chain of accounts from the root, each with its limit: `{ uni: "100", geo: "60", climate: "50" }`. */
export async function openTree(accounts: Accounts, limits: Readonly<Record<string, string>>): Promise<void> {
  const kinds = ["institution", "department", "project", "person"] as const;
  let parent: string | null = null;
  for (const [depth, [name, limit]] of Object.entries(limits).entries()) {
    await accounts.create(
      { name, title: null, kind: kinds[depth] ?? "person", parent, allocated: usd(limit), startsAt: null, endsAt: null },
      "owner",
      `open:${name}`,
    );
    parent = name;
  }
}

let asks = 0;

export function holdAsk(account: string, amount: string, more: Partial<HoldAsk> = {}): HoldAsk {
  asks += 1;
  return {
    key: `hold:${account}:${asks}`,
    account,
    amount: usd(amount),
    person: "maria",
    subject: `job:${asks}`,
    expiresAt: null,
    formula: [],
    expected: null,
    ...more,
  };
}

export function settleAsk(holdId: string, amount: string, more: Partial<SettleAsk> = {}): SettleAsk {
  const attempt = more.attempt ?? 1;
  return { key: `settle:${holdId}:${attempt}`, holdId, attempt, amount: usd(amount), final: true, figure: "metered", at: start, note: "", ...more };
}

/** Places a hold that has to be granted; gives its id. */
export async function hold(ledger: Ledger, account: string, amount: string, more: Partial<HoldAsk> = {}): Promise<string> {
  const [answer] = await ledger.holdMany([holdAsk(account, amount, more)]);
  if (answer?.kind !== "granted")
    throw new Error(
      `a hold of ${amount} on ${account} was not granted: ${JSON.stringify(answer, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`,
    );
  return answer.holdId;
}

/** Short words for an answer: "granted", or "refused <code> <level> <available>". */
export function inWords(answer: HoldAnswer | undefined): string {
  if (answer === undefined) return "no answer";
  return answer.kind === "granted" ? `granted${answer.replayed ? " again" : ""}` : `refused ${answer.code} ${answer.account} ${Number(answer.available) / 1e6}`;
}

/** Spent, held and overrun of an account in dollars. */
export async function standing(accounts: Accounts, account: string): Promise<{ spent: number; held: number; overrun: number; allocated: number }> {
  const record = await accounts.get(account);
  return {
    spent: Number(record.spent) / 1e6,
    held: Number(record.held) / 1e6,
    overrun: Number(record.overrun) / 1e6,
    allocated: Number(record.allocated) / 1e6,
  };
}

export function freshName(prefix: string): string {
  return `${prefix}-${Buffer.from(systemRandomness.bytes(6)).toString("hex")}`;
}
