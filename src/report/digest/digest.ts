import { formatMoney, micros, parseMicros, type MoneyUnit } from "#kernel";
import type { Statement } from "../statement/contract.ts";
import type { UsageReport } from "../usage/contract.ts";

const PEOPLE = 10;

/** The month of an account as a short letter: what was left, what was spent and by whom, what is left and reserved, and what to type next. Plain text, lines of at most 78 characters where names allow. */
export function digestText(statement: Statement, usage: UsageReport): string {
  const { account, from, to, unit, opening, closing, reserved } = statement;
  const money = (text: string) => formatMoney(parseMicros(text) ?? micros(0n), unit);
  const spent = micros((parseMicros(closing.spent) ?? 0n) - (parseMicros(opening.spent) ?? 0n));
  const given = micros((parseMicros(closing.allocated) ?? 0n) - (parseMicros(opening.allocated) ?? 0n));
  const people = usage.rows.filter((row) => row.unit === unit).slice(0, PEOPLE);
  const width = Math.max(0, ...people.map(({ person }) => (person ?? "").length));
  return [
    `${account}, ${from} to ${to}`,
    "",
    `${money(closing.left)} of ${money(closing.allocated)} is left${reserved.count === 0 ? "" : `, ${money(closing.reserved)} of it reserved`}.`,
    `${formatMoney(spent, unit satisfies MoneyUnit)} was spent in this month${given === 0n ? "" : `, ${formatMoney(given, unit)} was allocated`}.`,
    ...(parseMicros(closing.overrun) === 0n ? [] : [`${money(closing.overrun)} is overrun: nothing new can start until that is decided.`]),
    ...(people.length === 0
      ? []
      : ["", "Who used it, by day of service:", ...people.map(({ person, net }) => `  ${(person ?? "").padEnd(width)}  ${money(net)}`)]),
    ...(usage.rows.length > PEOPLE ? [`  and ${usage.rows.length - PEOPLE} more`] : []),
    "",
    `The statement: headgate report statement ${account} --month ${from.slice(0, 7)}`,
    "",
  ].join("\n");
}
