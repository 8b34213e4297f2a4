import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { instant, parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, openTree, standing as balance, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { accrueStanding } from "./accrual-service.ts";
import { addDays, dayOf, daysFrom, endOfDay } from "../days.ts";
import { daysDue, reserveTo } from "./standing.ts";

const at = (text: string): Instant => parseInstant(text) ?? instant(Number.NaN);

describe("days", () => {
  test("are days in UTC, whatever the clocks on the wall do, over leap days and the ends of years", () => {
    expect(dayOf(at("2028-02-28T23:59:59.999Z"))).toBe("2028-02-28");
    expect([addDays("2028-02-28", 1), addDays("2027-02-28", 1), addDays("2026-12-31", 1), addDays("2027-03-27", 2)]).toEqual([
      "2028-02-29",
      "2027-03-01",
      "2027-01-01",
      "2027-03-29",
    ]);
    expect([daysFrom("2026-10-24", "2026-10-26"), daysFrom("2026-10-24", "2026-10-24"), daysFrom("2026-10-25", "2026-10-24")]).toEqual([3, 1, 0]);
    expect(endOfDay("2026-10-25")).toBe(at("2026-10-25T23:59:59.999Z"));
  });

  test("are reserved to the end of the payer, else of the month, and never beyond the end of the cost", () => {
    expect(reserveTo("2026-11-20", { endsOn: null }, null)).toBe("2026-11-30");
    expect(reserveTo("2028-02-29", { endsOn: null }, null)).toBe("2028-02-29");
    expect(reserveTo("2026-12-01", { endsOn: null }, "2027-06-30")).toBe("2027-06-30");
    expect(reserveTo("2026-12-01", { endsOn: "2026-12-05" }, "2027-06-30")).toBe("2026-12-05");
    expect(reserveTo("2026-12-01", { endsOn: null }, "2026-11-30")).toBe("2026-12-31");
  });

  test("are due when they are over, not before, and not after the last one", () => {
    const cost = { accruedTo: "2026-11-19", endsOn: null };
    expect(daysDue(cost, "2026-11-20", 9)).toEqual([]);
    expect(daysDue(cost, "2026-11-22", 9)).toEqual(["2026-11-20", "2026-11-21"]);
    expect(daysDue({ ...cost, endsOn: "2026-11-20" }, "2026-12-22", 9)).toEqual(["2026-11-20"]);
    expect(daysDue(cost, "2026-12-22", 3)).toHaveLength(3);
  });
});

describe("a standing cost", () => {
  let bed: FreshDatabase;
  let b: Bench;
  let call: Call;
  let account: string;
  let keys = 0;
  beforeAll(async () => {
    bed = await freshDatabase();
    b = bench(bed.db);
    call = caller(b);
  });
  afterAll(() => bed.drop());
  beforeEach(async () => {
    b.clock.set(at("2026-11-20T10:00:00Z"));
    account = freshName("climate");
    await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "100" });
  });

  const key = () => `standing-${(keys += 1)}`;
  const add = (name: string, more: Record<string, unknown> = {}, by = key()) =>
    call("addStanding", owner, {
      body: { name, account, per_day: "2.50", source: "price list of 2026-11-20", starts_on: "2026-11-20", reason: "cluster alps", ...more },
      key: by,
    });
  const accrue = (ledger = b.ledger) => accrueStanding({ db: bed.db, ledger, clock: b.clock, source: "test" });
  const show = (name: string) => call("showStanding", owner, { params: { name } });
  const end = (name: string, on: string, by = key()) => call("endStanding", owner, { params: { name }, body: { ends_on: on, reason: "deleted" }, key: by });
  const charged = async (name: string) =>
    (
      await bed.db.query<{ day: string; amount: bigint }>(
        "select substr(key, length($1) + 11) as day, amount from headgate.journal_transaction where starts_with(key, 'standing:' || $1 || ':') order by key",
        [name],
      )
    ).map(({ day, amount }) => `${day} ${amount}`);
  const faults = async () => (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);

  test("is reserved to the end of the month, charged day by day out of that, and reserved anew for the next", async () => {
    const name = freshName("head-node");
    expect(await add(name)).toMatchObject({ account, per_day: "2.50", accrued_to: null, reserved_to: "2026-11-30" });
    expect(await balance(b.accounts, account)).toMatchObject({ held: 27.5, spent: 0 });
    expect(await accrue()).toBe(0);
    b.clock.set(at("2026-11-23T00:00:00Z"));
    expect(await accrue()).toBe(3);
    expect(await accrue()).toBe(0);
    expect(await balance(b.accounts, account)).toMatchObject({ held: 20, spent: 7.5, overrun: 0 });
    b.clock.set(at("2026-12-01T00:00:00Z"));
    expect(await accrue()).toBe(8);
    // All of December would be $77.50: as many days as fit are reserved.
    expect(await balance(b.accounts, account)).toMatchObject({ held: 72.5, spent: 27.5, overrun: 0 });
    expect(await show(name)).toMatchObject({ accrued_to: "2026-11-30", reserved_to: "2026-12-29" });
    b.clock.set(at("2026-12-31T00:00:00Z"));
    await accrue();
    expect(await balance(b.accounts, account)).toMatchObject({ held: 0, spent: 102.5, overrun: 2.5 });
    expect(await faults()).toEqual([]);
  });

  test("is charged for every day of a worker that was away for months, once, whoever comes back and however many", async () => {
    const name = freshName("nat");
    await add(name, { per_day: "0.10" });
    b.clock.set(at("2027-04-02T03:00:00Z"));
    await Promise.all([accrue(), accrue(b.another()), accrue(b.another())]);
    const days = await charged(name);
    expect([days.length, days[0], days.at(-1), new Set(days).size]).toEqual([133, "2026-11-20 100000", "2027-04-01 100000", 133]);
    expect((await balance(b.accounts, account)).spent).toBe(13.3);
    expect(await faults()).toEqual([]);
  });

  test("that does not fit is reserved as far as it does, charged all the same, as overrun, and reserved anew as soon as there is room", async () => {
    const name = freshName("lustre");
    expect(await add(name, { per_day: "40" })).toMatchObject({ reserved_to: "2026-11-21" });
    b.clock.set(at("2026-11-23T12:00:00Z"));
    await accrue();
    expect(await balance(b.accounts, account)).toMatchObject({ spent: 120, held: 0, overrun: 20 });
    await call("allocate", owner, { params: { name: account }, body: { amount: "800", reason: "more" }, key: key() });
    b.clock.set(at("2026-11-24T12:00:00Z"));
    await accrue();
    expect(await show(name)).toMatchObject({ accrued_to: "2026-11-23", reserved_to: "2026-11-30" });
    expect(await balance(b.accounts, account)).toMatchObject({ spent: 160, held: 280, overrun: 0 });
    expect(await faults()).toEqual([]);
  });

  test("gives back the days after an end once, though the note of it was lost, and whatever end is said after that", async () => {
    const name = freshName("login");
    await add(name);
    const noted = await bed.db.query<{ held_to: string }>("select held_to::text from headgate.standing_cost where name = $1", [name]);
    await end(name, "2026-11-25");
    // As when the server was killed after the commit.
    const lose = () => bed.db.query("update headgate.standing_cost set held_to = $2::date where name = $1", [name, noted[0]!.held_to]);
    await lose();
    await accrue();
    expect(await show(name)).toMatchObject({ reserved_to: "2026-11-25" });
    expect(await balance(b.accounts, account)).toMatchObject({ held: 15 });
    await lose();
    expect(await end(name, "2026-11-23")).toMatchObject({ reserved_to: "2026-11-23" });
    expect(await balance(b.accounts, account)).toMatchObject({ held: 10, overrun: 0 });
    expect(await faults()).toEqual([]);
  });

  test("is reserved no further than its payer goes, and ends early with the rest given back at once", async () => {
    const name = freshName("login");
    await call("changeAccount", owner, { params: { name: account }, body: { ends_at: "2026-12-05T00:00:00Z", reason: "award ends" }, key: key() });
    expect(await add(name)).toMatchObject({ reserved_to: "2026-12-04" });
    expect((await balance(b.accounts, account)).held).toBe(37.5);
    b.clock.set(at("2026-11-22T12:00:00Z"));
    await accrue();
    expect(await end(name, "2026-11-25")).toMatchObject({ ends_on: "2026-11-25", reserved_to: "2026-11-25" });
    expect(await balance(b.accounts, account)).toMatchObject({ held: 10, spent: 5 });
    b.clock.set(at("2026-12-20T12:00:00Z"));
    await accrue();
    expect(await accrue()).toBe(0);
    expect(await charged(name)).toHaveLength(6);
    expect(await balance(b.accounts, account)).toMatchObject({ held: 0, spent: 15, overrun: 0 });
    expect((await call("listStanding", owner, { query: { account } })) as object).toMatchObject({ items: [] });
    expect((await call("listStanding", owner, { query: { account, all: "true" } })) as object).toMatchObject({ items: [{ name, accrued_to: "2026-11-25" }] });
    expect(await faults()).toEqual([]);
  });

  test("that ends on a day that is charged already gives back what it has; an earlier end is refused, and asking again is the same", async () => {
    const [name, by] = [freshName("eip"), key()];
    await add(name, {}, by);
    expect(await add(name, {}, by)).toMatchObject({ name });
    await expect(add(name)).rejects.toMatchObject({ code: "budget.standing-exists" });
    await expect(add(name, { per_day: "3" }, by)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    b.clock.set(at("2026-11-22T12:00:00Z"));
    await accrue();
    await expect(end(name, "2026-11-20")).rejects.toMatchObject({ code: "budget.standing-charged" });
    await expect(end("nothing", "2026-11-20")).rejects.toMatchObject({ code: "budget.standing-unknown" });
    expect(await end(name, "2026-11-21")).toMatchObject({ reserved_to: null, accrued_to: "2026-11-21" });
    expect(await balance(b.accounts, account)).toMatchObject({ held: 0, spent: 5 });
    expect(await faults()).toEqual([]);
  });

  test("is charged once by workers that are killed after any of their steps", async () => {
    const name = freshName("fsx");
    await add(name, { per_day: "1" });
    b.clock.set(at("2026-12-03T12:00:00Z"));
    let killed = 0;
    for (let fatal = 1; fatal <= 40; fatal += 1) {
      let steps = 0;
      const dieAfter = async <T>(work: Promise<T>): Promise<T> => {
        const answer = await work;
        steps += 1;
        if (steps === fatal) throw new Error("killed");
        return answer;
      };
      const dying = {
        ...b.ledger,
        holdMany: (asks: Parameters<typeof b.ledger.holdMany>[0]) => dieAfter(b.ledger.holdMany(asks)),
        settleMany: (asks: Parameters<typeof b.ledger.settleMany>[0]) => dieAfter(b.ledger.settleMany(asks)),
        chargeMany: (asks: Parameters<typeof b.ledger.chargeMany>[0]) => dieAfter(b.ledger.chargeMany(asks)),
      };
      await accrue(dying).catch(() => (killed += 1));
    }
    expect(killed).toBeGreaterThan(5);
    expect(await charged(name)).toHaveLength(13);
    expect(await balance(b.accounts, account)).toMatchObject({ spent: 13, held: 29, overrun: 0 });
    expect(await show(name)).toMatchObject({ accrued_to: "2026-12-02", reserved_to: "2026-12-31" });
    expect(await faults()).toEqual([]);
  });

  test("whose reservation was released by hand is charged without one, and says that nothing is reserved", async () => {
    const name = freshName("gw");
    await add(name);
    const [hold] = await bed.db.query<{ hold_id: string }>("select hold_id from headgate.standing_cost where name = $1", [name]);
    await b.ledger.releaseMany([{ key: key(), holdId: hold!.hold_id, at: b.clock.now(), note: "by mistake" }]);
    expect(await show(name)).toMatchObject({ reserved_to: null });
    b.clock.set(at("2026-11-22T12:00:00Z"));
    await accrue();
    expect(await balance(b.accounts, account)).toMatchObject({ spent: 5, held: 0 });
    expect(await faults()).toEqual([]);
  });

  test("in another unit than its account, of nothing, or that ends before it starts is refused", async () => {
    await expect(add(freshName("x"), { unit: "SU" })).rejects.toMatchObject({ code: "budget.unit-mismatch" });
    await expect(add(freshName("x"), { per_day: "0" })).rejects.toMatchObject({ code: "budget.amount-invalid" });
    await expect(add(freshName("x"), { ends_on: "2026-11-19" })).rejects.toMatchObject({ code: "value.range" });
    await expect(add(freshName("x"), { account: "nowhere" })).rejects.toMatchObject({ code: "budget.account-unknown" });
  });

  test.each([
    "per_day = per_day + 1",
    "source = source || '.'",
    "starts_on = starts_on - 1",
    "accrued_to = accrued_to + 1",
    "ends_on = '2030-01-01'",
    "person = 'x' || person",
    'formula = \'[{"term": "x"}]\'',
    "held_to = held_to + 1",
    "hold_id = gen_random_uuid()",
    "hold_id = (select h.id from headgate.hold h where h.id <> hold_id limit 1)",
  ])("of which one thing was changed is found: %s", async (change) => {
    const name = freshName("found");
    await add(name, { per_day: "0.01" });
    b.clock.set(at("2026-11-23T00:00:00Z"));
    await accrue();
    expect(await foundIn(bed.db, `update headgate.standing_cost set ${change} where name = '${name}'`)).not.toEqual([]);
  });

  test("costs what it costs also in millionths", async () => {
    const name = freshName("tiny");
    await add(name, { per_day: "0.000001" });
    b.clock.set(at("2026-11-22T00:00:00Z"));
    await accrue();
    expect((await b.accounts.get(account)).spent).toBe(usd("0.000002"));
  });
});
