import { setAward, scheduleReleases, type Books } from "#budget/model";
import { instantToIso, micros, type Instant, type Micros } from "#kernel";
import type { Told } from "./clients.ts";
import type { Reply, Request } from "./cluster.ts";
import { pick, type Dice } from "./random-asks.ts";

const OWNER = { name: "owner", admin: true };
const DAY_MS = 86_400_000;
const AWARDS = ["W0", "W1"];
/** What is planned of each award when its life begins. */
const PLANNED = 5;

const dayOf = (start: Instant, days: number) => instantToIso((start + days * DAY_MS) as Instant).slice(0, 10);

function monthBefore(day: string): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return new Date(Date.UTC(year, month - 2, date)).toISOString().slice(0, 10);
}

/** Two awards that run: a period of both ends at the next midnight, and parts of both are due before it and after it. */
export function openAwards(books: Books, dice: Dice, start: Instant, accounts: readonly string[]): void {
  for (const [index, number] of AWARDS.entries()) {
    const account = accounts[1 + index * 3]!;
    const opens = {
      account,
      // The first period ends with the day on which everything begins.
      startsOn: monthBefore(dayOf(start, 1)),
      endsOn: dayOf(start, 400),
      total: micros(8_000n),
      periodMonths: 1,
      carry: index === 0 ? ("use-or-lose" as const) : ("carry-over" as const),
      through: index === 1,
    };
    setAward(books, { key: `open:${number}`, number, opens, changes: {}, person: "owner" });
    const releases = Array.from({ length: PLANNED }, (_, part) => ({
      amount: micros(BigInt(100 + dice.below(500))),
      gate: part < 3 ? ("date" as const) : pick(dice, ["report", "approval"] as const),
      dueOn: part < 3 ? dayOf(start, part - 1) : null,
      label: "part",
    }));
    scheduleReleases(books, { key: `open:${number}:parts`, award: number, releases, person: "owner" });
  }
}

type Ask = (kind: Told["kind"], key: string, amount: Micros | null, request: Request) => Promise<Reply>;

/** Somebody plans a part of an award's money, or lets one go: the same part as others do, at the same moment. */
export async function awardWork(ask: Ask, dice: Dice, start: number, name: string): Promise<void> {
  const number = pick(dice, AWARDS);
  if (dice.below(3) === 0) {
    const dueOn = dice.below(2) === 0 ? null : dayOf(start as Instant, dice.below(3) - 1);
    const release = { amount: micros(BigInt(1 + dice.below(1_500))), gate: dueOn === null ? ("approval" as const) : ("date" as const), dueOn, label: "part" };
    await ask("change", name, null, (budget) => budget.scheduleReleases(OWNER, number, [release], "planned", name));
    return;
  }
  const part = {
    award: number,
    ordinal: 1 + dice.below(PLANNED + 2),
    approver: dice.below(4) === 0 ? null : "dean",
    report: dice.below(4) === 0 ? null : "annual",
  };
  await ask("change", `release:${number}:${part.ordinal}`, null, (budget) => budget.releaseAward(OWNER, part));
}
