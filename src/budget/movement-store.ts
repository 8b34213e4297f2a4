import { loadStatement, type Database } from "#db";
import { instantToIso, micros, type Instant, type Micros, type MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";
import { amountOf, instantOf } from "./account-store.ts";
import type { ExemptUse } from "./exempt/exempt.ts";
import { exemptOf, type ExemptJson } from "./exempt/store.ts";
import type { FigureQuality } from "./ledger-types.ts";

export type HoldRecord = {
  /** The number of its transaction: holds are listed by it. */
  readonly transaction: bigint;
  readonly id: string;
  readonly account: string;
  readonly person: string;
  readonly subject: string;
  readonly unit: MoneyUnit;
  readonly amount: Micros;
  readonly remaining: Micros;
  readonly charged: Micros;
  readonly expected: Micros | null;
  readonly state: "open" | "settled" | "released" | "expired";
  /** How the amount as it stands was worked out: that of the last change of it, which may have named none. */
  readonly formula: readonly FormulaTerm[];
  /** As it was placed, then each change, with the total from then on. The last hundred changes. */
  readonly history: readonly HoldChange[];
  /** The quote it was placed with. */
  readonly quote: string | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly closedAt: Instant | null;
  /** Why nothing was reserved; null for every reservation that is one. */
  readonly exempt: ExemptUse | null;
  /** The last hundred. */
  readonly attempts: readonly { readonly attempt: number; readonly charged: Micros; readonly figure: FigureQuality; readonly at: Instant }[];
};

export type HoldChange = {
  readonly at: Instant;
  readonly why: string;
  readonly amount: Micros;
  readonly expiresAt: Instant | null;
  readonly formula: readonly FormulaTerm[];
};

type HoldRow = {
  transaction: bigint;
  id: string;
  account: string;
  person: string;
  subject: string;
  unit: MoneyUnit;
  amount: bigint;
  remaining: bigint;
  charged: bigint;
  state: HoldRecord["state"];
  detail: { formula: FormulaTerm[]; expected: string | null; quote?: string; exempt?: ExemptJson };
  created_at: Instant;
  expires_at: Instant | null;
  closed_at: Instant | null;
  attempts: { attempt: number; charged: string; figure: FigureQuality; at: string }[] | null;
  history: { at: string; why: string; amount: string; expires_at: string | null; formula: FormulaTerm[] }[];
};

function holdOf(row: HoldRow): HoldRecord {
  const history = row.history.map((one) => ({
    at: instantOf(one.at),
    why: one.why,
    amount: amountOf(one.amount),
    expiresAt: instantOf(one.expires_at),
    formula: one.formula,
  }));
  // A change of the expiry alone leaves the amount, and how it was worked out.
  const last = history.findLastIndex((one, index) => index === 0 || one.amount !== history[index - 1]!.amount);
  return {
    transaction: row.transaction,
    id: row.id,
    account: row.account,
    person: row.person,
    subject: row.subject,
    unit: row.unit,
    amount: micros(row.amount),
    remaining: micros(row.remaining),
    charged: micros(row.charged),
    expected: row.detail.expected === null ? null : amountOf(row.detail.expected),
    state: row.state,
    formula: history[last]?.formula ?? row.detail.formula,
    history,
    quote: row.detail.quote ?? null,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    closedAt: row.closed_at,
    exempt: row.detail.exempt === undefined ? null : exemptOf(row.detail.exempt),
    attempts: (row.attempts ?? []).map((one) => ({ attempt: one.attempt, charged: amountOf(one.charged), figure: one.figure, at: instantOf(one.at) })),
  };
}

export async function listHolds(
  db: Database,
  ask: {
    readonly accounts: readonly string[] | null;
    readonly state: HoldRecord["state"] | null;
    readonly before: bigint | null;
    readonly limit: number;
    readonly person: string | null;
    readonly placedBefore: Instant | null;
  },
): Promise<HoldRecord[]> {
  const placedBefore = ask.placedBefore === null ? null : instantToIso(ask.placedBefore);
  const rows = await db.query<HoldRow>({
    ...loadStatement("budget", "holds"),
    values: [ask.accounts, ask.state, ask.before, ask.limit, ask.person, placedBefore],
    readOnly: true,
  });
  return rows.map(holdOf);
}

export async function getHold(db: Database, id: string): Promise<HoldRecord | null> {
  const [row] = await db.query<HoldRow>({ ...loadStatement("budget", "hold"), values: [id], readOnly: true });
  return row === undefined ? null : holdOf(row);
}

/** The largest open reservations that count against a node. */
export async function largestHolds(db: Database, node: number, limit: number): Promise<HoldRecord[]> {
  const rows = await db.query<{ id: string }>({ ...loadStatement("budget", "largest-holds"), values: [node, limit], readOnly: true });
  const holds = await Promise.all(rows.map(({ id }) => getHold(db, id)));
  return holds.filter((hold) => hold !== null);
}

export type JournalRecord = {
  readonly number: bigint;
  readonly kind: string;
  readonly bookedAt: Instant;
  readonly effectiveAt: Instant;
  readonly person: string;
  readonly source: string;
  readonly why: string;
  readonly holdId: string | null;
  readonly key: string;
  readonly figure: FigureQuality | null;
  readonly unit: MoneyUnit;
  readonly entries: readonly { readonly account: string; readonly pocket: "free" | "held" | "leased" | "spent" | "overrun"; readonly amount: Micros }[];
};

type JournalRow = {
  number: bigint;
  kind: string;
  booked_at: Instant;
  effective_at: Instant;
  person: string;
  source: string;
  why: string;
  hold_id: string | null;
  key: string;
  figure: FigureQuality | null;
  unit: MoneyUnit;
  entries: { account: string; pocket: JournalRecord["entries"][number]["pocket"]; amount: string }[];
};

/** Movements of an account's own money, newest first. */
export async function listJournal(
  db: Database,
  ask: { readonly account: string; readonly before: bigint | null; readonly limit: number },
): Promise<JournalRecord[]> {
  const rows = await db.query<JournalRow>({ ...loadStatement("budget", "journal"), values: [ask.account, ask.before, ask.limit], readOnly: true });
  return rows.map((row) => ({
    number: row.number,
    kind: row.kind,
    bookedAt: row.booked_at,
    effectiveAt: row.effective_at,
    person: row.person,
    source: row.source,
    why: row.why,
    holdId: row.hold_id,
    key: row.key,
    figure: row.figure,
    unit: row.unit,
    entries: row.entries.map((entry) => ({ ...entry, amount: amountOf(entry.amount) })),
  }));
}
