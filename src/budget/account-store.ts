import { loadStatement, type Database } from "#db";
import { instantToIso, invariant, micros, parseInstant, type Instant, type Micros, type MoneyUnit } from "#kernel";
import type { AccountView } from "./contract.ts";
import type { Level } from "./decide-hold.ts";

/** An account as it stands, with every level from its root down to itself. */
export type AccountRecord = Level & {
  readonly title: string;
  readonly kind: AccountView["kind"];
  readonly parent: string | null;
  readonly depth: number;
  readonly unit: MoneyUnit;
  readonly slurmAccount: string | null;
  /** Why there is an advance account, and who approved it; null for every other. */
  readonly atRisk: { readonly reason: string; readonly approver: string } | null;
  /** When money is reserved for jobs, and the account on its path that says so; null where none does. */
  readonly reserveAt: AccountView["reserve_at"];
  readonly reserveAtFrom: string | null;
  readonly levels: readonly Level[];
  readonly sortKey: string;
};

type Numbers = { readonly allocated: bigint; readonly overrun: bigint; readonly spent: bigint; readonly held: bigint; readonly leased: bigint };
/** A level as its row has it. */
export type LevelColumns = Numbers & {
  readonly name: string;
  readonly status: Level["status"];
  readonly stopped?: Level["stopped"];
  readonly starts_at: Instant | null;
  readonly ends_at: Instant | null;
};
type LevelJson = { readonly [Key in keyof Numbers]: string } & {
  readonly name: string;
  readonly status: Level["status"];
  readonly stopped: Level["stopped"];
  readonly starts_at: string | null;
  readonly ends_at: string | null;
};
type AccountRow = LevelColumns & {
  title: string;
  kind: AccountView["kind"];
  parent: string | null;
  depth: number;
  unit: MoneyUnit;
  slurm_account: string | null;
  at_risk: AccountRecord["atRisk"];
  reserve_at: AccountView["reserve_at"];
  reserve_at_from: string | null;
  sort_key: string;
  levels: LevelJson[];
};

export function levelOf(row: LevelColumns): Level {
  return {
    name: row.name,
    status: row.status,
    ...(row.stopped == null ? {} : { stopped: row.stopped }),
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    allocated: micros(row.allocated),
    overrun: micros(row.overrun),
    spent: micros(row.spent),
    held: micros(row.held),
    leased: micros(row.leased),
  };
}

/** Inside a JSON document amounts are texts and times RFC 3339. */
function levelFromJson(json: LevelJson): Level {
  return levelOf({
    name: json.name,
    status: json.status,
    stopped: json.stopped,
    starts_at: instantOf(json.starts_at),
    ends_at: instantOf(json.ends_at),
    allocated: amountOf(json.allocated),
    overrun: amountOf(json.overrun),
    spent: amountOf(json.spent),
    held: amountOf(json.held),
    leased: amountOf(json.leased),
  });
}

/** A time inside a JSON document. */
export function instantOf(text: string): Instant;
export function instantOf(text: string | null): Instant | null;
export function instantOf(text: string | null): Instant | null {
  if (text === null) return null;
  const at = parseInstant(text);
  invariant(at !== undefined, "PostgreSQL writes times into JSON as RFC 3339");
  return at;
}

/** An amount inside a JSON document, in micros. */
export function amountOf(text: string): Micros {
  return micros(BigInt(text));
}

/** Accounts in the order of the tree. `names` null: all. */
export async function listAccounts(
  db: Database,
  ask: { readonly names: readonly string[] | null; readonly after: string; readonly limit: number },
): Promise<AccountRecord[]> {
  const rows = await db.query<AccountRow>({ ...loadStatement("budget", "accounts"), values: [ask.names, ask.after, ask.limit], readOnly: true });
  return rows.map((row) => ({
    ...levelOf(row),
    title: row.title,
    kind: row.kind,
    parent: row.parent,
    depth: row.depth,
    unit: row.unit,
    slurmAccount: row.slurm_account,
    atRisk: row.at_risk,
    reserveAt: row.reserve_at,
    reserveAtFrom: row.reserve_at_from,
    levels: row.levels.map(levelFromJson),
    sortKey: row.sort_key,
  }));
}

/** The account's name, then its ancestors' up to the root; null when there is no such account. */
export async function pathOf(db: Database, account: string): Promise<readonly string[] | null> {
  const rows = await db.query<{ name: string }>({ ...loadStatement("budget", "account-path"), values: [account], readOnly: true });
  return rows.length === 0 ? null : rows.map(({ name }) => name);
}

/** The names of accounts somebody has a part in: those named, and all below those managed. */
export async function visibleAccounts(
  db: Database,
  ask: { readonly named: readonly string[]; readonly managed: readonly string[]; readonly limit: number },
): Promise<string[]> {
  const rows = await db.query<{ name: string }>({
    ...loadStatement("budget", "visible-accounts"),
    values: [ask.named, ask.managed, ask.limit],
    readOnly: true,
  });
  return rows.map(({ name }) => name);
}

export type ExplainedLevel = Level & {
  readonly node: number;
  readonly kind: AccountView["kind"] | "person-limit" | "partition-limit";
  readonly unit: MoneyUnit;
};

/** Every level that counts for an account, from the root, limits inside it for the person and for partitions included. */
export async function levelsOf(db: Database, account: string, person: string): Promise<ExplainedLevel[]> {
  const rows = await db.query<LevelColumns & { node_id: number; kind: ExplainedLevel["kind"]; unit: MoneyUnit }>({
    ...loadStatement("budget", "levels"),
    values: [account, person],
    readOnly: true,
  });
  return rows.map((row) => ({ ...levelOf(row), node: row.node_id, kind: row.kind, unit: row.unit }));
}

export async function defaultAccount(db: Database, person: string): Promise<string | null> {
  const [row] = await db.query<{ name: string }>({ ...loadStatement("budget", "default-account"), values: [person], readOnly: true });
  return row?.name ?? null;
}

/** False when there is no such account. */
export async function setDefaultAccount(db: Database, person: string, account: string): Promise<boolean> {
  const rows = await db.query({ ...loadStatement("budget", "default-account-set"), values: [person, account] });
  return rows.length > 0;
}

export type OpenAsk = {
  readonly key: string;
  readonly name: string;
  readonly title: string;
  readonly kind: AccountView["kind"];
  readonly parent: string | null;
  readonly unit: MoneyUnit;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  readonly slurmAccount: string | null;
  readonly reason: string | null;
  readonly approver: string | null;
};
export type Author = { readonly person: string; readonly source: string; readonly now: Instant };

/** True when the account was opened now, false when this key has opened it before. */
export async function openAccount(db: Database, ask: OpenAsk, by: Author): Promise<boolean> {
  return done(db, "select headgate.open_account($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as done", [
    ask.key,
    ask.name,
    ask.title,
    ask.kind,
    ask.parent,
    ask.unit,
    iso(ask.startsAt),
    iso(ask.endsAt),
    ask.slurmAccount,
    by.person,
    by.source,
    iso(by.now),
    ask.reason,
    ask.approver,
  ]);
}

export type AllocateAsk = {
  readonly key: string;
  readonly account: string;
  readonly amount: Micros;
  readonly through: boolean;
  readonly cut: boolean;
  readonly reason: string;
  readonly effectiveAt: Instant;
};

export async function allocate(db: Database, ask: AllocateAsk, by: Author): Promise<boolean> {
  return done(db, "select headgate.allocate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as done", [
    ask.key,
    ask.account,
    ask.amount,
    ask.through,
    ask.cut,
    by.person,
    by.source,
    ask.reason,
    iso(ask.effectiveAt),
    iso(by.now),
  ]);
}

/** What a function of the ledger answers: true when it was done now, false when its key had done it. */
export async function done(db: Database, text: string, values: readonly unknown[]): Promise<boolean> {
  const [row] = await db.query<{ done: boolean }>(text, values);
  invariant(row !== undefined, "a function gives one row");
  return row.done;
}

export function iso(at: Instant | null): string | null {
  return at === null ? null : instantToIso(at);
}
