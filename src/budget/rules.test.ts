import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instant, micros, MICROS_MAX, type Micros } from "#kernel";
import { coverByRefund, refundable } from "./adjust/adjust.ts";
import { accountNameOf, indirectCost } from "./award/award.ts";
import { postSpending } from "./charge/post-spending.ts";
import { blockOf, canCommit, dateOf, decideHold, freeOf, type Level } from "./decide-hold.ts";
import { leaseRoom, recalls } from "./lease/lease.ts";
import { decideRenewal } from "./renew/renew.ts";

/* The rules of the ledger by themselves, at their edges: what the SQL is compared with elsewhere. */

const NOW = instant(1_800_000_000_000);
const m = (value: number) => micros(BigInt(value));
const at = (shift: number) => instant(NOW + shift);

function level(name: string, more: Partial<Omit<Level, "name">> = {}): Level {
  const zero = m(0);
  return { name, status: "open", startsAt: null, endsAt: null, allocated: m(100), overrun: zero, spent: zero, held: zero, leased: zero, ...more };
}

const refused = (code: string, at: string, available = 0, date: number | null = null) => ({
  kind: "refused",
  code,
  level: at,
  available: m(available),
  date,
});

describe("what is free", () => {
  test("is the limit less what is spent, held and leased", () => {
    expect(freeOf(level("a", { spent: m(1), held: m(20), leased: m(300) }))).toBe(-221n);
  });
});

describe("a level stops every new commitment", () => {
  test("when it is closed, frozen, stopped by an alert, not started, over, or overrun; the first of these is named", () => {
    const everything = { startsAt: at(1), endsAt: at(-1), overrun: m(1) };
    expect(blockOf(level("a", { status: "closed", ...everything }), NOW)).toBe("budget.closed");
    expect(blockOf(level("a", { status: "frozen", ...everything }), NOW)).toBe("budget.frozen");
    expect(blockOf(level("a", { stopped: "approval", ...everything }), NOW)).toBe("budget.approval-needed");
    for (const stopped of ["new", "pending"] as const) expect(blockOf(level("a", { stopped, ...everything }), NOW)).toBe("budget.stopped");
    expect(blockOf(level("a", everything), NOW)).toBe("budget.not-started");
    expect(blockOf(level("a", { ...everything, startsAt: null }), NOW)).toBe("budget.ended");
    expect(blockOf(level("a", { overrun: m(1) }), NOW)).toBe("budget.overrun");
    expect(blockOf(level("a"), NOW)).toBeNull();
  });

  test("from the millisecond it ends, until the millisecond it starts", () => {
    expect(blockOf(level("a", { startsAt: at(0), endsAt: at(1) }), NOW)).toBeNull();
    expect(blockOf(level("a", { startsAt: at(1) }), NOW)).toBe("budget.not-started");
    expect(blockOf(level("a", { endsAt: at(0) }), NOW)).toBe("budget.ended");
  });

  test("and the refusal is about the date of its start or its end, and about no date otherwise", () => {
    const dates = { startsAt: at(5), endsAt: at(9) };
    expect(dateOf("budget.not-started", dates)).toBe(at(5));
    expect([dateOf("budget.ended", dates), dateOf("budget.crosses-end", dates)]).toEqual([at(9), at(9)]);
    expect([dateOf("budget.insufficient", dates), dateOf("budget.frozen", dates)]).toEqual([null, null]);
  });
});

describe("a new commitment", () => {
  test("is granted up to what is free, to the millionth, and not one more", () => {
    const levels = [level("a"), level("b", { spent: m(40) })];
    expect(decideHold(levels, m(60), NOW, null)).toEqual({ kind: "granted" });
    expect(decideHold(levels, m(61), NOW, null)).toEqual(refused("budget.insufficient", "b", 60));
    expect(decideHold(levels, m(0), NOW, null)).toEqual({ kind: "granted" });
  });

  test("is refused by the level with the least room, the lowest of several, and says how much that is", () => {
    const levels = [level("a", { held: m(70) }), level("b", { held: m(90) }), level("c", { held: m(90) }), level("d", { held: m(80) })];
    expect(decideHold(levels, m(11), NOW, null)).toEqual(refused("budget.insufficient", "c", 10));
  });

  test("is refused by a level that is blocked before one that has too little, from the root down, with the date it is about", () => {
    const levels = [level("a", { allocated: m(0) }), level("b", { endsAt: at(-3) }), level("c", { status: "frozen" })];
    expect(decideHold(levels, m(1), NOW, null)).toEqual(refused("budget.ended", "b", 0, at(-3)));
  });

  test("is refused when a level ends before the work can, by a millisecond, and not when it ends just then or the end is unknown", () => {
    const levels = [level("a"), level("b", { endsAt: at(10) })];
    expect(decideHold(levels, m(1), NOW, at(11))).toEqual(refused("budget.crosses-end", "b", 0, at(10)));
    expect(decideHold(levels, m(1), NOW, at(10))).toEqual({ kind: "granted" });
    expect(decideHold(levels, m(1), NOW, null)).toEqual({ kind: "granted" });
    expect(decideHold(levels, m(1_000), NOW, at(11))).toMatchObject({ code: "budget.crosses-end" });
  });

  test("on no level at all is bounded by what can be stored", () => {
    expect(decideHold([], MICROS_MAX, NOW, null)).toEqual({ kind: "granted" });
    expect(canCommit([], NOW)).toEqual({ amount: MICROS_MAX, binding: "", block: null });
  });
});

describe("what can be committed", () => {
  test("is what the tightest level has, and never less than nothing", () => {
    expect(canCommit([level("a"), level("b", { held: m(30) })], NOW)).toEqual({ amount: m(70), binding: "b", block: null });
    expect(canCommit([level("a", { held: m(130) })], NOW)).toEqual({ amount: m(0), binding: "a", block: null });
  });

  test("is nothing where a level is blocked, whatever the others have", () => {
    expect(canCommit([level("a"), level("b", { status: "closed" })], NOW)).toEqual({ amount: m(0), binding: "b", block: "budget.closed" });
  });
});

describe("a charge", () => {
  const spend = (reserved: number, amount: number, frees: number, ...levels: Level[]) => postSpending(levels, m(reserved), m(amount), m(frees));

  test("comes out of what is reserved first, and gives the rest back as far as it may", () => {
    expect(spend(50, 20, 50, level("a"))).toEqual({ taken: 20n, excess: 0n, returned: 30n, overruns: [0n], overrun: 0n });
    expect(spend(50, 20, 10, level("a"))).toMatchObject({ taken: 20n, excess: 0n, returned: 10n });
    expect(spend(50, 20, 0, level("a"))).toMatchObject({ returned: 0n });
    expect(spend(50, 20, 50, level("a", { allocated: m(50), held: m(50) }))).toMatchObject({ returned: 30n, overruns: [0n] });
  });

  test("takes the rest from what is free, and is overrun only beyond that, at each level by itself", () => {
    const full = level("a", { allocated: m(60), held: m(50) });
    const tight = level("b", { allocated: m(52), held: m(50) });
    expect(spend(50, 60, 50, full)).toEqual({ taken: 50n, excess: 10n, returned: 0n, overruns: [0n], overrun: 0n });
    expect(spend(50, 61, 50, full, tight)).toEqual({ taken: 50n, excess: 11n, returned: 0n, overruns: [1n, 9n], overrun: 9n });
    expect(spend(50, 61, 50, tight, full)).toMatchObject({ overruns: [9n, 1n], overrun: 9n });
  });

  test("adds to an overrun only what is not covered by it", () => {
    const over = level("a", { allocated: m(10), spent: m(15), overrun: m(5) });
    expect(spend(0, 3, 0, over)).toMatchObject({ overruns: [3n], overrun: 3n });
    const covered = level("a", { allocated: m(10), spent: m(12), overrun: m(5) });
    expect(spend(0, 2, 0, covered)).toMatchObject({ overruns: [0n] });
    expect(spend(0, 4, 0, covered)).toMatchObject({ overruns: [1n] });
  });

  test("never loses a millionth, and never leaves a level above its limit without saying so, whatever comes", () => {
    const amount = fc.bigInt({ min: 0n, max: 1_000n }).map(micros);
    fc.assert(
      fc.property(fc.tuple(amount, amount, amount, amount, amount), ([reserved, charge, frees, allocated, spent]) => {
        const before = level("a", { allocated, spent, held: reserved, overrun: micros(spent + reserved > allocated ? spent + reserved - allocated : 0n) });
        const { taken, excess, returned, overrun } = postSpending([before], reserved, charge, frees);
        expect(taken + excess).toBe(charge);
        expect(returned).toBeLessThanOrEqual(reserved - taken);
        const committed = spent + charge + reserved - taken - returned;
        expect(committed).toBeLessThanOrEqual(allocated + before.overrun + overrun);
      }),
    );
  });
});

describe("a refund", () => {
  test("lowers the overrun of each level by as much as there is of it", () => {
    expect(coverByRefund([{ overrun: m(3) }, { overrun: m(9) }, { overrun: m(0) }], m(5))).toEqual([3n, 5n, 0n]);
  });

  test("is at most what the charge has left after those before", () => {
    expect(refundable(m(10), [])).toBe(10n);
    expect(refundable(m(10), [m(3), m(7)])).toBe(0n);
  });
});

describe("a reservation's new total", () => {
  const renew = (asked: number | null, levels: readonly Level[] = [level("a", { held: m(60) })], until: number | null = null) =>
    decideRenewal({ amount: m(60), remaining: m(50) }, levels, asked === null ? null : m(asked), NOW, until === null ? null : at(until));

  test("that is not named stays, and one that is the same changes nothing", () => {
    expect([renew(null), renew(60)]).toEqual([
      { kind: "renewed", more: 0n },
      { kind: "renewed", more: 0n },
    ]);
  });

  test("that is less always goes, also on an account that is closed, and not below what was drawn", () => {
    const closed = [level("a", { status: "closed" })];
    expect([renew(30, closed), renew(10, closed), renew(4, closed)]).toEqual([-30n, -50n, -50n].map((more) => ({ kind: "renewed", more })));
  });

  test("that is more is a new commitment for the difference alone", () => {
    expect(renew(100)).toEqual({ kind: "renewed", more: 40n });
    expect(renew(101)).toEqual(refused("budget.insufficient", "a", 40));
    expect(renew(61, [level("a", { endsAt: at(5) })], 6)).toMatchObject({ code: "budget.crosses-end" });
  });
});

describe("leases", () => {
  test("of a level are together a quarter of what is neither spent nor reserved, rounded down; the lowest level that binds is named", () => {
    expect(leaseRoom([level("a", { spent: m(11), held: m(10), leased: m(4) })])).toEqual({ room: 15n, binding: "a" });
    expect(leaseRoom([level("a", { leased: m(1) }), level("b", { leased: m(5) }), level("c", { leased: m(5) }), level("d")])).toEqual({
      room: 20n,
      binding: "c",
    });
  });

  test("get nothing where more is leased than that by now, or where there is no level", () => {
    expect(leaseRoom([level("a", { held: m(90), leased: m(8) })])).toEqual({ room: 0n, binding: "a" });
    expect(leaseRoom([])).toEqual({ room: 0n, binding: "" });
  });

  const lease = (id: string, remaining: number, recall = 0) => ({ id, remaining: m(remaining), recall: m(recall) });

  test("are recalled from the largest on, by as much as is short, equal ones in the order of their ids", () => {
    expect(recalls([lease("c", 10), lease("z", 30), lease("b", 10)], m(35))).toEqual(
      new Map([
        ["z", 30n],
        ["b", 5n],
        ["c", 0n],
      ]),
    );
    expect([...recalls([lease("a", 10), lease("c", 10), lease("b", 10)], m(15)).entries()].filter(([, asked]) => asked > 0n)).toEqual([
      ["a", 10n],
      ["b", 5n],
    ]);
    expect(recalls([lease("b", 10), lease("a", 10)], m(4))).toEqual(
      new Map([
        ["a", 4n],
        ["b", 0n],
      ]),
    );
  });

  test("are never asked for less than they were asked for already, nor for more than is left of them", () => {
    expect(recalls([lease("a", 30, 20), lease("b", 5, 2)], m(10))).toEqual(
      new Map([
        ["a", 20n],
        ["b", 2n],
      ]),
    );
    expect(recalls([lease("a", 30), lease("b", 5)], m(1_000))).toEqual(
      new Map([
        ["a", 30n],
        ["b", 5n],
      ]),
    );
  });
});

describe("an award", () => {
  test("that names no account has one called by its number, which begins with a letter and is no longer than a name may be", () => {
    expect(accountNameOf("ATM-2231")).toBe("atm-2231");
    expect(accountNameOf("2231-ATM")).toBe("award-2231-atm");
    expect(accountNameOf(`9${"x".repeat(80)}`)).toBe(`award-9${"x".repeat(56)}`);
  });

  test("has the indirect cost of a reservation rounded up, that of a charge half-even", () => {
    const of = (direct: number, rate: number, rounding: "up" | "half-even"): Micros => indirectCost(m(direct), rate, rounding);
    expect([of(1_000_000, 525_000, "up"), of(1, 525_000, "up"), of(0, 525_000, "up")]).toEqual([525_000n, 1n, 0n]);
    expect([of(1, 500_000, "half-even"), of(3, 500_000, "half-even"), of(1, 500_001, "half-even")]).toEqual([0n, 2n, 1n]);
  });
});
