import { loadStatement, type Database } from "#db";
import { instantToIso, invariant, isProblemCode, micros, type Instant, type ProblemCode } from "#kernel";
import { checkFormula } from "./check-ask.ts";
import { dateOf } from "./decide-hold.ts";
import { exemptOf, type ExemptJson } from "./exempt/store.ts";
import type { HoldAnswer, HoldAsk, ReleaseAnswer, ReleaseAsk, SettleAnswer, SettleAsk } from "./ledger-types.ts";

/*
 * The ledger's SQL functions (src/db/migrations, ledger-*): asks go in as one JSON document, answers come back as rows in the same order.
 */

type HoldRow = {
  readonly hold_id: string | null;
  readonly code: string | null;
  readonly account: string;
  readonly available: bigint | null;
  readonly amount: bigint;
  readonly replayed: boolean;
  readonly exempt: ExemptJson | null;
};

/**
 * An ask as the JSON that hold_many() reads, with the id its hold gets when it is granted. Written when the ask arrives, so that it costs
 * the batch nothing. Throws `input.invalid` for a formula that cannot be stored.
 */
export function holdText(ask: HoldAsk, id: string, source: string): string {
  const formula = JSON.stringify(ask.formula);
  checkFormula(formula);
  const head = JSON.stringify({
    key: ask.key,
    id,
    account: ask.account,
    unit: ask.unit ?? "USD",
    amount: String(ask.amount),
    person: ask.person,
    subject: ask.subject,
    partition: ask.partition ?? undefined,
    expires_at: iso(ask.expiresAt) ?? undefined,
    until: iso(ask.until ?? null) ?? undefined,
    by_person: ask.by?.person ?? ask.person,
    source: ask.by?.source ?? source,
  });
  const expected = ask.expected === null ? "null" : `"${ask.expected}"`;
  const request = ask.request == null ? "" : `,"request":${JSON.stringify(ask.request)}`;
  const indirect = ask.indirect == null ? "" : `,"indirect":${JSON.stringify(ask.indirect)}`;
  const quote = ask.quote == null ? "" : `,"quote":${JSON.stringify(ask.quote)}`;
  const charges = ask.charges === undefined ? "" : `,"charges":${ask.charges}`;
  const charged = ask.chargeClass == null ? "" : `,"class":${JSON.stringify(ask.chargeClass)}${charges}`;
  const work = (
    [
      ["partition", ask.partition],
      ["app", ask.app],
      ["cluster", ask.cluster],
    ] as const
  )
    .flatMap(([name, value]) => (value == null ? [] : [`,"${name}":${JSON.stringify(value)}`]))
    .join("");
  const until = ask.until == null ? "" : `,"until":"${instantToIso(ask.until)}"`;
  return `${head.slice(0, -1)},"detail":{"formula":${formula},"expected":${expected}${request}${until}${indirect}${quote}${charged}${work}}}`;
}

export function holdMany(db: Database, texts: readonly string[], now: Instant): Promise<HoldAnswer[]> {
  return answersTo(db, "ledger-hold", "hold_funded", texts, now);
}

/** One ask that names a quote. */
export function holdQuoted(db: Database, text: string, now: Instant): Promise<HoldAnswer[]> {
  return answersTo(db, "ledger-hold-quoted", "hold_quoted", [text], now);
}

async function answersTo(db: Database, name: string, call: "hold_funded" | "hold_quoted", texts: readonly string[], now: Instant): Promise<HoldAnswer[]> {
  const rows = await db.query<HoldRow>({
    name,
    text: `select hold_id, code, account, available, amount, replayed, exempt from headgate.${call}($1, $2)`,
    values: [`[${texts.join(",")}]`, instantToIso(now)],
  });
  return withDates(db, rows.map(holdAnswer));
}

function holdAnswer(row: HoldRow): HoldAnswer {
  if (row.code === null) {
    invariant(row.hold_id !== null, "a hold that was granted has an id");
    const granted = { kind: "granted", holdId: row.hold_id, amount: micros(row.amount), replayed: row.replayed } as const;
    return row.exempt === null ? granted : { ...granted, exempt: exemptOf(row.exempt) };
  }
  return { kind: "refused", code: problemCode(row.code), account: row.account, available: micros(row.available ?? 0n), asked: micros(row.amount) };
}

const DATED: ReadonlySet<ProblemCode> = new Set(["budget.crosses-end", "budget.ended", "budget.not-started"]);

/** Names the date in refusals that are about one: by a second look, so that those without pay nothing. */
async function withDates(db: Database, answers: readonly HoldAnswer[]): Promise<HoldAnswer[]> {
  const names = answers.flatMap((answer) => (answer.kind === "refused" && DATED.has(answer.code) ? [answer.account] : []));
  if (names.length === 0) return [...answers];
  const rows = await db.query<{ name: string; starts_at: Instant | null; ends_at: Instant | null; award: string | null }>({
    ...loadStatement("budget", "account-dates"),
    values: [names],
    readOnly: true,
  });
  const dates = new Map(rows.map((row) => [row.name, { startsAt: row.starts_at, endsAt: row.ends_at, award: row.award }]));
  return answers.map((answer) => {
    const level = answer.kind === "refused" && DATED.has(answer.code) ? dates.get(answer.account) : undefined;
    return answer.kind === "granted" || level === undefined ? answer : { ...answer, date: dateOf(answer.code, level), award: level.award };
  });
}

type SettleRow = {
  readonly code: string | null;
  readonly charged: bigint;
  readonly returned: bigint;
  readonly overrun: bigint;
  readonly refunded: bigint;
  readonly replayed: boolean;
};

export async function settleMany(db: Database, asks: readonly SettleAsk[], source: string, now: Instant): Promise<SettleAnswer[]> {
  const document = asks.map((ask) => ({
    ...closing(ask, source),
    attempt: ask.attempt,
    amount: String(ask.amount),
    final: ask.final,
    frees: ask.frees == null ? null : String(ask.frees),
    figure: ask.figure,
    end_state: ask.endState ?? undefined,
  }));
  const rows = await db.query<SettleRow>({
    name: "ledger-settle",
    text: "select code, charged, returned, overrun, refunded, replayed from headgate.settle_funded($1, $2)",
    values: [JSON.stringify(document), instantToIso(now)],
  });
  return rows.map((row) => {
    if (row.code !== null) return { kind: "refused", code: problemCode(row.code) };
    const { charged, returned, overrun, refunded, replayed } = row;
    return { kind: "settled", charged: micros(charged), returned: micros(returned), overrun: micros(overrun), refunded: micros(refunded), replayed };
  });
}

export async function releaseMany(db: Database, asks: readonly ReleaseAsk[], source: string, now: Instant): Promise<ReleaseAnswer[]> {
  const document = asks.map((ask) => closing(ask, source));
  const rows = await db.query<SettleRow>({
    name: "ledger-release",
    text: "select code, returned, replayed from headgate.release_funded($1, $2)",
    values: [JSON.stringify(document), instantToIso(now)],
  });
  return rows.map((row) => {
    if (row.code !== null) return { kind: "refused", code: problemCode(row.code) };
    return { kind: "released", returned: micros(row.returned), replayed: row.replayed };
  });
}

export async function expireHolds(db: Database, limit: number, source: string, now: Instant): Promise<number> {
  const [row] = await db.query<{ count: number }>("select headgate.expire_holds($1, $2, $3) as count", [limit, source, instantToIso(now)]);
  invariant(row !== undefined, "a function gives one row");
  return row.count;
}

/** What settlements and releases have in common. `by_person` null: in the name of the person the hold is for. */
function closing(ask: ReleaseAsk, source: string): Record<string, unknown> {
  return { key: ask.key, hold_id: ask.holdId, at: instantToIso(ask.at), note: ask.note, by_person: ask.by?.person ?? null, source: ask.by?.source ?? source };
}

function iso(at: Instant | null): string | null {
  return at === null ? null : instantToIso(at);
}

/** The code that a function of the ledger refuses with. */
export function problemCode(code: string): ProblemCode {
  invariant(isProblemCode(code), `the ledger refuses with ${code}, which is in the catalogue`);
  return code;
}
