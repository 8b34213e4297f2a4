import { can } from "#access";
import { idleSentence } from "#budget";
import type { Database } from "#db";
import { instantToIso, micros, microsToDecimal, Problem, type Person } from "#kernel";
import type { ReportContext } from "../context.ts";
import { dayAt, firstOfMonth, isTimeZone, lastOfMonth, nextDay, startOfDay } from "../local-days.ts";
import { outOfRange } from "../usage/service.ts";
import type { Statement } from "./contract.ts";
import { balanceToWire, proveStatement, statementNumber, sumsOf, whatOf, type StatementLine } from "./statement.ts";
import { awardFacts, idleRules, LINES_MAX, reservedBehind, statementHead, statementLines, type AwardFacts } from "./store.ts";

export type StatementWish = { readonly month: string | null; readonly zone: string };

export function openStatements(context: ReportContext) {
  const { db, clock, accounts, people } = context;

  /** Throws `budget.account-unknown`, and `access.forbidden` for who only uses the account: a statement names everybody's work. */
  async function accountStatement(person: Person, account: string, wish: StatementWish): Promise<Statement> {
    await accounts.demandOn(await people.viewer(person), "account.members", account);
    return make(person, account, null, wish);
  }

  /** Throws `budget.award-unknown` for an award that is not there or whose account the person may not see, `access.forbidden` as for its account. */
  async function awardStatement(person: Person, number: string, wish: StatementWish): Promise<Statement> {
    const viewer = await people.viewer(person);
    const missing = new Problem("budget.award-unknown", { detail: `there is no award ${number}`, facts: { award: number } });
    const { to } = monthOf(wish, dayAt(clock.now(), known(wish.zone)));
    const award = await awardFacts(db, number, to);
    const path = award === null ? null : await accounts.pathOf(award.account);
    if (award === null || path === null || !can(viewer, "account.see", { kind: "account", path })) throw missing;
    await accounts.demandOn(viewer, "account.members", award.account);
    return make(person, award.account, award, wish);
  }

  /** Everything is read at one moment, so that what it says adds up. */
  async function make(person: Person, account: string, award: AwardFacts | null, wish: StatementWish): Promise<Statement> {
    const now = clock.now();
    const { month, from, to } = monthOf(wish, dayAt(now, known(wish.zone)));
    const [startsAt, endsAt] = [startOfDay(from, wish.zone), startOfDay(nextDay(to), wish.zone)];
    const read = async (tx: Database) => {
      const head = await statementHead(tx, account, startsAt, endsAt);
      if (head === null) throw new Problem("budget.account-unknown", { detail: `there is no account ${account}`, facts: { account } });
      return {
        head,
        lines: await statementLines(tx, account, head),
        reserved: await reservedBehind(tx, account, head.upto),
        rules: await idleRules(tx, head.upto),
      };
    };
    const { head, lines, reserved, rules } = await db.transaction(read, { isolation: "repeatable read", readOnly: true });
    if (lines.length > LINES_MAX) throw outOfRange("account", `more than ${LINES_MAX} lines; ask for the accounts below ${account} one by one`);
    const sums = sumsOf(lines);
    proveStatement(head.opening, head.closing, sums);
    return {
      number: statementNumber(account, award?.number ?? null, month, wish.zone),
      account,
      title: head.title,
      award: award === null ? null : awardToWire(award),
      unit: head.unit,
      zone: wish.zone,
      from,
      to,
      starts_at: instantToIso(startsAt),
      ends_at: instantToIso(endsAt),
      complete: endsAt <= now,
      prepared_by: person.name,
      as_of: head.asOf === null ? null : instantToIso(head.asOf),
      seal: head.seal,
      opening: balanceToWire(head.opening),
      closing: balanceToWire(head.closing),
      sums: sums.map(({ section, lines: count, amount }) => ({ section, lines: count, amount: microsToDecimal(amount) })),
      reserved: {
        count: reserved.count,
        amount: microsToDecimal(reserved.amount),
        holds: reserved.holds.map((hold) => ({ ...hold, amount: microsToDecimal(hold.amount) })),
      },
      idle_rules: rules.map(({ cluster, account: overhead, payer, minutes }) => idleSentence({ cluster, account: overhead, idle: { payer, minutes } })),
      lines: lines.map(lineToWire),
    };
  }

  return { accountStatement, awardStatement };
}

function known(zone: string): string {
  if (!isTimeZone(zone)) throw outOfRange("zone", `there is no time zone ${zone}`);
  return zone;
}

function monthOf(wish: StatementWish, today: string): { month: string; from: string; to: string } {
  const month = wish.month ?? today.slice(0, 7);
  if (firstOfMonth(month) > today) throw outOfRange("month", `${month} has not begun`);
  return { month, from: firstOfMonth(month), to: lastOfMonth(month) };
}

function lineToWire(line: StatementLine): Statement["lines"][number] {
  const { number, bookedAt, servedAt, section, account, person, job, why, amount } = line;
  return {
    number: String(number),
    booked_at: instantToIso(bookedAt),
    served_at: instantToIso(servedAt),
    section,
    account,
    person,
    job,
    what: whatOf(line),
    why,
    amount: microsToDecimal(amount),
  };
}

function awardToWire({ account: _account, total, rates, ...award }: AwardFacts): NonNullable<Statement["award"]> {
  return {
    ...award,
    total: microsToDecimal(micros(total)),
    rates: rates.map(({ rate, ...one }) => ({ ...one, percent: `${rate / 10_000}` })),
  };
}
