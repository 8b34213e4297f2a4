import type { AccountView, HoldView, JournalTransaction } from "#budget/contract";
import {
  instantToIso,
  micros,
  microsToDecimal,
  newId,
  parseHourlyRate,
  parseMicros,
  priceFor,
  systemClock,
  systemRandomness,
  ZERO_MICROS,
  type Instant,
  type Micros,
} from "#kernel";

/** A small ledger in memory: the same arithmetic as the real one, none of its durability. */
export type MockAccount = {
  readonly name: string;
  readonly title: string;
  readonly kind: AccountView["kind"];
  readonly parent: string | null;
  allocated: Micros;
  spent: Micros;
  reserved: Micros;
  leased: Micros;
  readonly members: readonly string[];
};
export type MockHold = {
  readonly id: string;
  readonly account: string;
  readonly person: string;
  readonly subject: string;
  amount: Micros;
  remaining: Micros;
  charged: Micros;
  state: HoldView["state"];
  readonly formula: HoldView["formula"];
  readonly at: Instant;
};
export type MockLedger = { readonly accounts: MockAccount[]; readonly holds: MockHold[]; readonly journal: JournalTransaction[] };

export const RATE_TEXT = "0.042";
export const GRACE_MS = 10_000;

export function usd(text: string): Micros {
  const amount = parseMicros(text);
  if (amount === undefined) throw new TypeError(`not an amount: ${text}`);
  return amount;
}

/** What a job costs at most, as the terms that the wire carries. */
export function formulaFor(cores: number, limitS: number): HoldView["formula"] {
  const spans = [
    { name: "time limit", ms: limitS * 1000 },
    { name: "grace", ms: GRACE_MS },
  ];
  const amount = charge(cores, limitS * 1000 + GRACE_MS, "up");
  return [
    {
      resource: "core",
      count: cores,
      spans,
      times: 1,
      rate: RATE_TEXT,
      free: null,
      source: "local rate, examples/lab.yaml",
      dated: "2026-11-01",
      rounding: "up",
      amount: microsToDecimal(amount),
    },
  ];
}

export function charge(cores: number, ms: number, rounding: "up" | "half-even" = "half-even"): Micros {
  const rate = parseHourlyRate(RATE_TEXT);
  if (rate === undefined) throw new TypeError("the mock's rate is not a price");
  return priceFor(rate, BigInt(cores), BigInt(Math.round(ms)), rounding);
}

export function pathOf(ledger: MockLedger, name: string): readonly MockAccount[] {
  const account = ledger.accounts.find((each) => each.name === name);
  if (account === undefined) return [];
  return account.parent === null ? [account] : [account, ...pathOf(ledger, account.parent)];
}

export function freeOf(account: MockAccount): Micros {
  return micros(account.allocated - account.spent - account.reserved - account.leased);
}

/** The most that can be committed on an account now, and the level that says so. */
export function bindingOf(ledger: MockLedger, name: string): { readonly account: MockAccount; readonly free: Micros } {
  const levels = pathOf(ledger, name).map((account) => ({ account, free: freeOf(account) }));
  const [first, ...rest] = levels;
  if (first === undefined) throw new RangeError(`no account ${name}`);
  return rest.reduce((least, level) => (level.free < least.free ? level : least), first);
}

type HoldAsk = {
  readonly account: string;
  readonly person: string;
  readonly subject: string;
  readonly formula: HoldView["formula"];
  readonly at: Instant;
  readonly why: string;
};

export function placeHold(ledger: MockLedger, ask: HoldAsk): MockHold | null {
  const amount = micros(ask.formula.reduce((sum, term) => sum + usd(term.amount), 0n));
  if (amount > bindingOf(ledger, ask.account).free) return null;
  const hold: MockHold = {
    id: newId(systemClock, systemRandomness),
    account: ask.account,
    person: ask.person,
    subject: ask.subject,
    amount,
    remaining: amount,
    charged: ZERO_MICROS,
    state: "open",
    formula: ask.formula,
    at: ask.at,
  };
  ledger.holds.push(hold);
  for (const account of pathOf(ledger, ask.account)) account.reserved = micros(account.reserved + amount);
  post(ledger, hold, ask.at, "hold", ask.why, null, { free: micros(-amount), held: amount });
  return hold;
}

export function settleHold(ledger: MockLedger, hold: MockHold, amount: Micros, at: Instant, why: string): void {
  const returned = micros(hold.remaining - amount);
  for (const account of pathOf(ledger, hold.account)) {
    account.reserved = micros(account.reserved - hold.remaining);
    account.spent = micros(account.spent + amount);
  }
  post(ledger, hold, at, amount === ZERO_MICROS ? "release" : "settle", why, "metered", { free: returned, held: micros(-hold.remaining), spent: amount });
  hold.charged = amount;
  hold.remaining = ZERO_MICROS;
  hold.state = amount === ZERO_MICROS ? "released" : "settled";
}

export function allocate(ledger: MockLedger, account: MockAccount, at: Instant, why: string): void {
  ledger.journal.push(transaction(ledger, at, "allocate", "owner", why, null, null, account.name, { free: account.allocated }, account.parent ?? "world"));
}

type Pockets = Partial<Record<"free" | "held" | "leased" | "spent" | "overrun", Micros>>;

function post(ledger: MockLedger, hold: MockHold, at: Instant, kind: string, why: string, figure: JournalTransaction["figure"], pockets: Pockets): void {
  ledger.journal.push(transaction(ledger, at, kind, hold.person, why, hold.id, figure, hold.account, pockets, null));
}

function transaction(
  ledger: MockLedger,
  at: Instant,
  kind: string,
  person: string,
  why: string,
  holdId: string | null,
  figure: JournalTransaction["figure"],
  account: string,
  pockets: Pockets,
  from: string | null,
): JournalTransaction {
  const entries: JournalTransaction["entries"] = [];
  let sum = 0n;
  for (const [pocket, amount] of Object.entries(pockets) as [keyof Pockets, Micros][]) {
    if (amount === ZERO_MICROS) continue;
    entries.push({ account, pocket, unit: "USD", amount: microsToDecimal(amount) });
    sum += amount;
  }
  if (sum !== 0n) entries.push({ account: from ?? "world", pocket: "free", unit: "USD", amount: microsToDecimal(micros(-sum)) });
  const iso = instantToIso(at);
  return {
    number: String(ledger.journal.length + 1),
    kind,
    booked_at: iso,
    effective_at: iso,
    person,
    source: "server",
    why,
    hold_id: holdId,
    key: `${kind}:${holdId ?? account}`,
    figure,
    entries,
  };
}

export function accountView(ledger: MockLedger, account: MockAccount): AccountView {
  const binding = bindingOf(ledger, account.name);
  const show = (amount: Micros) => microsToDecimal(amount);
  const can = binding.free < ZERO_MICROS ? ZERO_MICROS : binding.free;
  return {
    name: account.name,
    title: account.title,
    kind: account.kind,
    parent: account.parent,
    depth: pathOf(ledger, account.name).length - 1,
    status: "open",
    stopped: null,
    starts_at: null,
    ends_at: null,
    slurm_account: null,
    at_risk: null,
    reserve_at: "submission",
    pi: null,
    delegates: [],
    reserve_at_from: null,
    managers: [],
    members: [...account.members],
    unit: "USD",
    allocated: show(account.allocated),
    spent: show(account.spent),
    reserved: show(account.reserved),
    leased: show(account.leased),
    overrun: "0.00",
    free: show(freeOf(account)),
    can_commit: show(can),
    binding: binding.account.name,
  };
}
