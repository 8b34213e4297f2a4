import { releaseAward, scheduleReleases, setAward, turnAward, type AwardRules, type Books } from "#budget/model";
import type { Database } from "#db";
import { addMs, instant, instantToIso, micros, milliseconds, type Instant } from "#kernel";
import { pick, type Dice } from "./random-asks.ts";
import { asRefused } from "./random-changes.ts";

/** A movement of an award, to be made on both sides: `real` in SQL, `model` in the books. */
export type AwardMove = { readonly name: string; readonly real: readonly unknown[]; readonly model: (books: Books) => object };

const DAY_MS = 86_400_000;
const BY = ["owner", "test"];
const GATES = ["date", "date", "report", "approval"] as const;
const plain = (value: unknown) => JSON.stringify(value, (_name, part: unknown) => (typeof part === "bigint" ? String(part) : part));

/** Makes random decisions about awards, and turns of the calendar: mostly sensible, some of awards that are not there, some again, some of something else under a used key. */
export function randomAwards(books: Books, dice: Dice, seed: number) {
  const numbers: string[] = [`W${seed}-0`];
  const made: AwardMove[] = [];

  const number = () => pick(dice, numbers);
  const key = () => (made.length > 0 && dice.below(25) === 0 ? String(pick(dice, made).real[0]) : `w${seed}:${made.length}`);
  const day = (now: Instant, from: number, upto: number) => instantToIso(instant(now + (from + dice.below(upto - from)) * DAY_MS)).slice(0, 10);

  function next(now: Instant): AwardMove {
    if (made.length > 0 && dice.below(7) === 0) return { ...pick(dice, made) };
    const roll = dice.below(12);
    const move = roll < 2 ? opened(key(), now) : roll < 4 ? changed(key(), now) : roll < 7 ? scheduled(key(), now) : roll < 9 ? released(now) : turned(now);
    // Only what has a key of its own can come again as it was; the others are asked anew.
    if (roll < 7) made.push(move);
    return move;
  }

  function opened(by: string, now: Instant): AwardMove {
    const name = dice.below(8) === 0 ? number() : `W${seed}-${numbers.length}`;
    if (!numbers.includes(name)) numbers.push(name);
    const account = dice.below(30) === 0 ? `w${seed}-nowhere` : pick(dice, [...books.accounts.keys()]);
    const startsOn = day(now, -400, -3);
    const endsOn = dice.below(12) === 0 ? day(now, -900, 0) : day(now, 1, 700);
    const [periodMonths, carry] = [pick(dice, [1, 1, 3, 12]), pick(dice, ["use-or-lose", "use-or-lose", "carry-over"] as const)];
    const opens: AwardRules = { account, startsOn, endsOn, total: micros(BigInt(dice.below(9_000))), periodMonths, carry, through: dice.below(2) === 0 };
    const terms = { number: name, account, agency: "NSF", title: "Isotopes", pi: "Dr Li", starts_on: startsOn, ends_on: endsOn, total: opens.total };
    const document = { ...terms, period_months: periodMonths, carry, through: opens.through, late_account: null, closeout_days: 90, facts: {} };
    return {
      name: "set_award",
      real: [by, true, plain(document), "dean", ...BY, "letter", instantToIso(now)],
      model: (b) => setAward(b, { key: by, number: name, opens, changes: {}, person: "owner" }),
    };
  }

  function changed(by: string, now: Instant): AwardMove {
    const name = number();
    const changes = {
      ...(dice.below(2) === 0 ? { endsOn: dice.below(12) === 0 ? day(now, -900, 0) : day(now, 1, 700) } : {}),
      ...(dice.below(2) === 0 ? { total: micros(BigInt(dice.below(12_000))) } : {}),
      ...(dice.below(3) === 0 ? { carry: pick(dice, ["use-or-lose", "carry-over"] as const) } : {}),
    };
    const { endsOn, ...others } = changes;
    const document = { number: name, ...(endsOn === undefined ? {} : { ends_on: endsOn }), ...others };
    return {
      name: "set_award",
      real: [by, false, plain(document), "dean", ...BY, "letter", instantToIso(now)],
      model: (b) => setAward(b, { key: by, number: name, opens: null, changes, person: "owner" }),
    };
  }

  function scheduled(by: string, now: Instant): AwardMove {
    const award = number();
    const releases = Array.from({ length: 1 + dice.below(3) }, () => {
      const gate = pick(dice, GATES);
      const dueOn = gate === "date" || dice.below(3) === 0 ? day(now, -60, 4) : null;
      return { amount: micros(BigInt(1 + dice.below(1_500))), gate, dueOn, label: "part" };
    });
    const document = releases.map(({ dueOn, ...release }) => ({ ...release, due_on: dueOn }));
    return {
      name: "schedule_releases",
      real: [by, award, plain(document), ...BY, "planned", instantToIso(now)],
      model: (b) => scheduleReleases(b, { key: by, award, releases, person: "owner" }),
    };
  }

  function released(now: Instant): AwardMove {
    const [award, ordinal] = [number(), 1 + dice.below(5)];
    const [approver, report] = [dice.below(3) === 0 ? null : "dean", dice.below(3) === 0 ? null : "annual"];
    return {
      name: "release_award",
      real: [award, ordinal, approver, report, ...BY, instantToIso(now)],
      model: (b) => releaseAward(b, { award, ordinal, approver, report, person: "owner" }, now),
    };
  }

  function turned(now: Instant): AwardMove {
    const award = number();
    // Whoever turns the calendar may have been away for long, or have a clock that is ahead.
    const at = dice.below(2) === 0 ? addMs(now, milliseconds(dice.below(60) * DAY_MS)) : now;
    return { name: "turn_award", real: [award, "test", instantToIso(at)], model: (b) => turnAward(b, award, at) };
  }

  return { next };
}

/** Makes the movement in SQL; the answer as the model gives it. */
export async function moveAward(db: Database, { name, real }: AwardMove): Promise<object> {
  try {
    const [row] = await db.query<{ done: boolean | number }>(`select headgate.${name}(${real.map((_, index) => `$${index + 1}`).join(", ")}) as done`, real);
    if (typeof row?.done === "number") return { kind: "turned", count: row.done };
    return { kind: row?.done === true ? "done" : "again" };
  } catch (error) {
    return asRefused(error);
  }
}
