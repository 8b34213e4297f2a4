import { loadStatement, type Database } from "#db";
import { instantToIso, type Instant, type MoneyUnit } from "#kernel";
import type { AlertMessageView, AlertRuleView, AlertSummaryView } from "./contract.ts";
import type { AlertFacts, Found } from "./message.ts";

/** Who does it, through which door, when. */
export type Author = { readonly person: string; readonly source: string; readonly now: Instant };

export type Rule = Omit<AlertRuleView, "since" | "ringing"> & {
  readonly id: number;
  readonly since: Instant;
  readonly ringing: bigint | null;
};
export type NewRule = Pick<Rule, "account" | "measure" | "threshold" | "margin" | "action" | "severity" | "destinations">;

export type Alert = Pick<AlertSummaryView, "account" | "measure" | "threshold" | "action" | "severity" | "value" | "waiting"> & {
  readonly number: bigint;
  readonly unit: MoneyUnit;
  readonly facts: Found;
  readonly raised_at: Instant;
  readonly cleared_at: Instant | null;
  readonly lifted_at: Instant | null;
  readonly lifted_by: string | null;
  readonly lifted_why: string | null;
  readonly acknowledged_at: Instant | null;
  readonly acknowledged_by: string | null;
  readonly notes: string;
};

export type MessageRow = Pick<AlertMessageView, "id" | "destination" | "event" | "attempts" | "fault"> & {
  readonly place: bigint;
  readonly created_at: Instant;
  readonly sent_at: Instant | null;
  readonly refused_at: Instant | null;
};

const sql = (name: string) => loadStatement("alert", name);
const by = ({ person, source, now }: Author) => ({ person, source, now: instantToIso(now) });

async function done(db: Database, text: string, values: readonly unknown[]): Promise<boolean> {
  const [row] = await db.query<{ done: boolean }>(text, values);
  return row?.done === true;
}

/** Each gives true when it was done now, false when by this key before. */
export function setRule(db: Database, rule: NewRule, key: string, reason: string, author: Author): Promise<boolean> {
  const { person, source, now } = by(author);
  return done(db, "select headgate.set_alert_rule($1, $2, $3, $4, $5, $6) as done", [key, JSON.stringify(rule), person, source, reason, now]);
}

export function lift(db: Database, number: string, key: string, reason: string, author: Author): Promise<boolean> {
  const { person, source, now } = by(author);
  return done(db, "select headgate.lift_alert($1, $2, $3, $4, $5, $6) as done", [key, number, person, source, reason, now]);
}

export function acknowledge(db: Database, number: string, notes: string, key: string, author: Author): Promise<boolean> {
  const { person, source, now } = by(author);
  return done(db, "select headgate.acknowledge_alert($1, $2, $3, $4, $5, $6) as done", [key, number, notes, person, source, now]);
}

export function sendTest(db: Database, account: string, destinations: readonly string[], key: string, author: Author): Promise<boolean> {
  const { person, source, now } = by(author);
  return done(db, "select headgate.test_alert($1, $2, $3, $4, $5, $6) as done", [key, account, destinations, person, source, now]);
}

/** Judges the rules of balances; gives how many rang or were cleared. */
export async function turn(db: Database, source: string, now: Instant): Promise<number> {
  const [row] = await db.query<{ count: number }>("select headgate.turn_alerts($1, $2) as count", [source, instantToIso(now)]);
  return row?.count ?? 0;
}

/** Judges one rule by what was measured; whether it rang or was cleared. */
export function measured(db: Database, rule: number, value: number, found: Found, source: string, now: Instant): Promise<boolean> {
  return done(db, "select headgate.measure_alert($1, $2, $3, $4, $5) as done", [rule, value, JSON.stringify(found), source, instantToIso(now)]);
}

/** `after`: account/measure/threshold of the last one before, or empty. */
export function listRules(db: Database, ask: { readonly accounts: readonly string[] | null; readonly after: string; readonly limit: number }): Promise<Rule[]> {
  return db.query<Rule>({ ...sql("rules"), values: [ask.accounts, ask.after, ask.limit], readOnly: true });
}

export async function findRule(db: Database, account: string, measure: string, threshold: number): Promise<Rule | null> {
  const [rule] = await db.query<Rule>({ ...sql("rule"), values: [account, measure, threshold], readOnly: true });
  return rule ?? null;
}

export type AlertsAsk = {
  readonly accounts: readonly string[] | null;
  readonly severity: string | null;
  readonly state: string | null;
  readonly before: string | null;
  readonly limit: number;
  readonly number: string | null;
};

export function listAlerts(db: Database, ask: AlertsAsk): Promise<Alert[]> {
  return db.query<Alert>({ ...sql("alerts"), values: [ask.accounts, ask.severity, ask.state, ask.before, ask.limit, ask.number], readOnly: true });
}

/** Of one alert, or the tests of an account. The latest first. */
export function listMessages(db: Database, of: { readonly alert: bigint } | { readonly testsOf: string }, limit: number): Promise<MessageRow[]> {
  const [alert, account] = "alert" in of ? [of.alert, null] : [null, of.testsOf];
  return db.query<MessageRow>({ ...sql("messages"), values: [alert, account, limit], readOnly: true });
}

/* The outbox, as who sends sees it. */

export type Claimed = { readonly name: string; readonly done_place: bigint; readonly failures: number };
export type Waiting = {
  readonly id: string;
  readonly place: bigint;
  readonly alert: bigint | null;
  readonly event: AlertMessageView["event"];
  readonly facts: AlertFacts;
  readonly created_at: Instant;
};

export async function claimDestination(db: Database, lease: string, until: Instant, now: Instant): Promise<Claimed | null> {
  const [row] = await db.query<Claimed>(sql("claim-destination"), [lease, instantToIso(until), instantToIso(now)]);
  return row ?? null;
}

export function nextMessages(db: Database, destination: string, after: bigint, limit: number): Promise<Waiting[]> {
  return db.query<Waiting>({ ...sql("next-messages"), values: [destination, after, limit], readOnly: true });
}

/** `fault` null: it was sent; else it is set aside with it. False when somebody else has the destination by now. */
export async function messageDone(
  db: Database,
  one: {
    readonly destination: string;
    readonly lease: string;
    readonly place: bigint;
    readonly at: Instant;
    readonly fault: string | null;
    readonly until: Instant;
  },
): Promise<boolean> {
  const values = [one.destination, one.lease, one.place, instantToIso(one.at), one.fault, instantToIso(one.until)];
  return (await db.query(sql("message-done"), values)).length > 0;
}

export async function messageFailed(
  db: Database,
  one: { readonly destination: string; readonly lease: string; readonly place: bigint; readonly fault: string; readonly again: Instant },
): Promise<void> {
  await db.query(sql("message-failed"), [one.destination, one.lease, one.place, one.fault, instantToIso(one.again)]);
}

export async function giveBack(db: Database, destination: string, lease: string): Promise<void> {
  await db.query(sql("give-back"), [destination, lease]);
}
