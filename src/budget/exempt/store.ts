import { loadStatement, type Database } from "#db";
import { micros, type Instant, type Micros, type MoneyUnit } from "#kernel";
import { amountOf, done, instantOf, iso, type Author } from "../account-store.ts";
import type { Exemption, ExemptionKind, ExemptUse } from "./exempt.ts";

/** As it stands in the detail of a reservation. */
export type ExemptJson = {
  readonly kind: ExemptionKind;
  readonly reason: string;
  readonly approver: string;
  readonly until: string | null;
  readonly asked: string;
};

export function exemptOf({ kind, reason, approver, until, asked }: ExemptJson): ExemptUse {
  return { kind, reason, approver, until: instantOf(until), asked: amountOf(asked) };
}

export type NewExemption = Pick<Exemption, "kind" | "account" | "person" | "reason" | "approver"> & {
  /** Null: from now on. */
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  /** How long, where no end is named. */
  readonly hours: number | null;
};

/** Both give true when it was done now, false when by this key before. */
export function grantExemption(db: Database, ask: NewExemption, key: string, by: Author): Promise<boolean> {
  const { kind, account, person, reason, approver, hours } = ask;
  const asked = { kind, account, person, starts_at: iso(ask.startsAt), ends_at: iso(ask.endsAt), hours, reason, approver };
  return done(db, "select headgate.grant_exemption($1, $2, $3, $4, $5) as done", [key, JSON.stringify(asked), by.person, by.source, iso(by.now)]);
}

export function withdrawExemption(
  db: Database,
  { kind, account, person }: Pick<Exemption, "kind" | "account" | "person">,
  key: string,
  reason: string,
  by: Author,
): Promise<boolean> {
  return done(db, "select headgate.withdraw_exemption($1, $2, $3, $4, $5, $6, $7, $8) as done", [
    key,
    kind,
    account,
    person,
    by.person,
    by.source,
    reason,
    iso(by.now),
  ]);
}

export type ExemptionRecord = Exemption & {
  readonly number: bigint;
  readonly unit: MoneyUnit;
  readonly givenBy: string;
  readonly withdrawn: { readonly at: Instant; readonly by: string; readonly why: string } | null;
  readonly uses: number;
  /** What the reservations it let in were charged in all. */
  readonly charged: Micros;
};

type ExemptionRow = {
  readonly number: bigint;
  readonly kind: ExemptionKind;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly person: string;
  readonly starts_at: Instant;
  readonly ends_at: Instant | null;
  readonly reason: string;
  readonly approver: string;
  readonly given_by: string;
  readonly withdrawn_at: Instant | null;
  readonly withdrawn_by: string | null;
  readonly withdrawn_why: string | null;
  readonly uses: number;
  readonly charged: bigint;
};

export type ExemptionsAsk = {
  /** Null: of every account. */
  readonly accounts: readonly string[] | null;
  readonly kind: ExemptionKind | null;
  readonly person: string | null;
  /** Only those that stand then or later; null: all. */
  readonly on: Instant | null;
  readonly before: bigint | null;
  readonly limit: number;
};

/** The latest first. */
export async function listExemptions(db: Database, ask: ExemptionsAsk): Promise<ExemptionRecord[]> {
  const values = [ask.accounts, ask.kind, ask.person, iso(ask.on), ask.before, ask.limit];
  const rows = await db.query<ExemptionRow>({ ...loadStatement("budget", "exemptions"), values, readOnly: true });
  return rows.map(({ starts_at: startsAt, ends_at: endsAt, given_by: givenBy, withdrawn_at: at, withdrawn_by: by, withdrawn_why: why, charged, ...row }) => ({
    ...row,
    startsAt,
    endsAt,
    givenBy,
    withdrawn: at === null || by === null || why === null ? null : { at, by, why },
    charged: micros(charged),
  }));
}

/** Those of a person that stand now on accounts. */
export async function exemptionsOf(db: Database, person: string, accounts: readonly string[], now: Instant): Promise<Exemption[]> {
  const found = await listExemptions(db, { accounts, kind: null, person, on: now, before: null, limit: 100 });
  return found.filter(({ withdrawn }) => withdrawn === null);
}

export type ExemptionUse = {
  readonly number: bigint;
  readonly at: Instant;
  readonly kind: ExemptionKind;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly person: string;
  readonly subject: string;
  readonly holdId: string;
  readonly reason: string;
  readonly approver: string;
  readonly asked: Micros;
  readonly charged: Micros;
  readonly state: "open" | "settled" | "released" | "expired";
};

type UseRow = Omit<ExemptionUse, "holdId" | "asked" | "charged"> & { readonly hold_id: string; readonly asked: bigint; readonly charged: bigint };

/** The latest first. */
export async function listUses(db: Database, ask: Pick<ExemptionsAsk, "accounts" | "kind" | "person" | "before" | "limit">): Promise<ExemptionUse[]> {
  const values = [ask.accounts, ask.kind, ask.person, ask.before, ask.limit];
  const rows = await db.query<UseRow>({ ...loadStatement("budget", "exemption-uses"), values, readOnly: true });
  return rows.map(({ hold_id: holdId, asked, charged, ...row }) => ({ ...row, holdId, asked: micros(asked), charged: micros(charged) }));
}
