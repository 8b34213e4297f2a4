import { loadSql, type Database } from "#db";
import { instantToIso, micros, type Instant, type Micros, type MoneyUnit } from "#kernel";
import type { Section } from "./contract.ts";
import type { Balance, StatementLine } from "./statement.ts";

/** Lines of one statement; a month of more is asked for account by account. */
export const LINES_MAX = 50_000;
/** Open reservations that are shown; the sum is over all. */
const HOLDS_MAX = 1_000;

type Pockets<Prefix extends string> = { readonly [Name in "allocated" | "overrun" | "spent" | "held" | "leased" as `${Prefix}_${Name}`]: bigint };
type HeadRow = { name: string; title: string; unit: MoneyUnit; after: bigint; upto: bigint; as_of: Instant | null; seal: string | null } & Pockets<"opening"> &
  Pockets<"closing">;

export type Head = {
  readonly title: string;
  readonly unit: MoneyUnit;
  readonly after: bigint;
  readonly upto: bigint;
  readonly asOf: Instant | null;
  readonly seal: string | null;
  readonly opening: Balance;
  readonly closing: Balance;
};

export async function statementHead(db: Database, account: string, from: Instant, before: Instant): Promise<Head | null> {
  const [row] = await db.query<HeadRow>(loadSql("report", "statement"), [account, instantToIso(from), instantToIso(before)]);
  if (row === undefined) return null;
  const pockets = (of: "opening" | "closing"): Balance => ({
    allocated: micros(row[`${of}_allocated`]),
    overrun: micros(row[`${of}_overrun`]),
    spent: micros(row[`${of}_spent`]),
    held: micros(row[`${of}_held`]),
    leased: micros(row[`${of}_leased`]),
  });
  const { title, unit, after, upto, as_of: asOf, seal } = row;
  return { title, unit, after, upto, asOf, seal, opening: pockets("opening"), closing: pockets("closing") };
}

type LineRow = {
  number: bigint;
  booked_at: Instant;
  served_at: Instant;
  account: string;
  person: string;
  subject: string | null;
  why: string;
  job: bigint | null;
  job_name: string | null;
  section: Section;
  amount: bigint;
  kind: string;
};

export async function statementLines(db: Database, account: string, { after, upto }: Pick<Head, "after" | "upto">): Promise<StatementLine[]> {
  const rows = await db.query<LineRow>(loadSql("report", "statement-lines"), [account, after, upto, LINES_MAX + 1]);
  return rows.map(({ booked_at: bookedAt, served_at: servedAt, job, job_name: jobName, amount, ...row }) => ({
    ...row,
    bookedAt,
    servedAt,
    job: job === null ? null : String(job),
    jobName,
    amount: micros(amount),
  }));
}

type OpenHold = { readonly id: string; readonly account: string; readonly person: string; readonly subject: string; readonly amount: Micros };

export async function reservedBehind(db: Database, account: string, position: bigint): Promise<{ count: number; amount: Micros; holds: OpenHold[] }> {
  const rows = await db.query<{ id: string; account: string; person: string; subject: string; amount: bigint; count: bigint; total: bigint }>(
    loadSql("report", "statement-holds"),
    [account, position, HOLDS_MAX],
  );
  const [first] = rows;
  return {
    count: Number(first?.count ?? 0n),
    amount: micros(first?.total ?? 0n),
    holds: rows.map(({ id, account: of, person, subject, amount }) => ({ id, account: of, person, subject, amount: micros(amount) })),
  };
}

type IdleRow = { readonly cluster: string; readonly account: string; readonly payer: "overhead" | "last-user" | "shared"; readonly minutes: number };
const CLUSTERS_MAX = 500;

export function idleRules(db: Database, position: bigint): Promise<IdleRow[]> {
  return db.query<IdleRow>(loadSql("report", "statement-idle"), [position, CLUSTERS_MAX]);
}

export type AwardFacts = {
  readonly number: string;
  readonly account: string;
  readonly agency: string;
  readonly title: string;
  readonly pi: string;
  readonly starts_on: string;
  readonly ends_on: string;
  readonly total: bigint;
  readonly rates: readonly {
    readonly class: string;
    readonly rate: number;
    readonly exempt: string | null;
    readonly dated: string;
    readonly agreement: string;
  }[];
};

export async function awardFacts(db: Database, number: string, day: string): Promise<AwardFacts | null> {
  const [row] = await db.query<AwardFacts>(loadSql("report", "statement-award"), [number, day]);
  return row ?? null;
}
