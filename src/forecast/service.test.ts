import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAccounts, openBudget, openLedger, openSpendingFacts } from "#budget";
import { instant, manualClock, micros, parseInstant, parseMicros, seededRandomness, type Instant, type Micros, type Person } from "#kernel";
import { anybody } from "../../test/beds/people.ts";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { forecastRoutes, type ForecastView } from "./contract.ts";
import { forecastHandlers } from "./routes.ts";
import { openForecasts } from "./service.ts";

const owner: Person = { name: "owner", admin: true };
const usd = (text: string): Micros => parseMicros(text) ?? micros(-1n);
const at = (text: string): Instant => parseInstant(text) ?? instant(Number.NaN);
const dollars = (text: string) => Number(text);

describe("a forecast of a real journal", () => {
  let bed: FreshDatabase;
  let ask: (account: string, query?: Record<string, string>, person?: Person) => Promise<ForecastView>;
  let budget: ReturnType<typeof openBudget>;
  let ledger: ReturnType<typeof openLedger>;
  const clock = manualClock(at("2027-01-20T12:00:00Z"));

  beforeAll(async () => {
    bed = await freshDatabase();
    const { db } = bed;
    const accounts = openAccounts({ db, clock, source: "test" });
    ledger = openLedger(db, clock);
    budget = openBudget({ db, clock, source: "test", ledger, people: anybody });
    const forecasts = openForecasts({ spendingFacts: openSpendingFacts({ db, clock, accounts, people: anybody }) });
    const { ofAccount } = forecastHandlers(forecasts);
    ask = async (account, query = {}, person = owner) => {
      const route = forecastRoutes.ofAccount;
      const request = { params: route.params.parse({ account }), query: route.query.parse(query), body: undefined, person };
      return route.reply.parse(await ofAccount(request as unknown as Parameters<typeof ofAccount>[0]));
    };
    await open("uni", null, "100000", null);
    await open("climate", "uni", "3000", "2027-07-01T00:00:00Z");
    const { next } = seededRandomness(5);
    const charges = Array.from({ length: 200 }, (_, back) =>
      charge("climate", `${(8 + 4 * next()).toFixed(2)}`, at("2027-01-19T12:00:00Z") - back * 86_400_000),
    );
    await ledger.chargeMany(charges);
  });
  afterAll(() => bed.drop());

  function open(name: string, parent: string | null, allocated: string, endsAt: string | null) {
    return budget.createAccount(
      owner,
      {
        name,
        title: null,
        kind: parent === null ? "institution" : "project",
        parent,
        allocated: usd(allocated),
        startsAt: null,
        endsAt: endsAt === null ? null : at(endsAt),
        managers: [],
        members: [],
      },
      `open:${name}`,
    );
  }
  let charged = 0;
  function charge(account: string, amount: string, when: number) {
    charged += 1;
    return { key: `c:${charged}`, account, amount: usd(amount), person: "maria", subject: "bill", figure: "billed" as const, at: instant(when), note: "row" };
  }

  test("says when 1,000 dollars at about 10 a day run out, to the account's last day, with its track record", async () => {
    const view = await ask("climate");
    expect(view).toMatchObject({
      account: "climate",
      unit: "USD",
      today: "2027-01-20",
      end_date: "2027-06-30",
      end_of: "account",
      limited_by: "climate",
      history_days: 200,
    });
    const left = dollars(view.left);
    expect(left).toBeGreaterThan(800);
    expect(left).toBeLessThan(1200);
    const middle = (Date.parse(view.runs_out.p50!) - Date.parse("2027-01-20")) / 86_400_000;
    expect(Math.abs(middle - left / 10)).toBeLessThan(8);
    expect(view.runs_out.p10! <= view.runs_out.p50! && view.runs_out.p50! <= view.runs_out.p90!).toBe(true);
    expect(view.sentence).toMatch(/^At this pace the money runs out (between|on) .* \(80 %\)/);
    expect(view.track_record).toMatchObject({ days_ahead: 28 });
    expect(view.path[0]!.date).toBe("2027-01-20");
    expect(view.path.at(-1)!.date).toBe("2027-06-30");
    expect(view.past).toHaveLength(89);
  });

  test("what-ifs change what they say and stand in the answer", async () => {
    const [plain, dear, more, later] = await Promise.all([
      ask("climate"),
      ask("climate", { price: "2" }),
      ask("climate", { allocation: "5000" }),
      ask("climate", { end: "2027-12-31" }),
    ]);
    expect(dear.runs_out.p50! < plain.runs_out.p50!).toBe(true);
    expect(dear.assumptions).toContainEqual({ what: "prices are 2 what they are", formula: "spending of jobs x 2; standing costs as they are" });
    expect(dear.sentence).toMatch(/^Then /);
    expect([more.runs_out.p50, more.path[0]!.left > plain.path[0]!.left]).toEqual([null, true]);
    expect([later.end_date, later.end_of]).toEqual(["2027-12-31", "asked"]);
    expect(later.sentence).toMatch(/^At this pace /);
  });

  test("reservations that are open are expected by their day, standing costs are known apart, releases that are due are counted and others named", async () => {
    await open("known", "uni", "500", null);
    await budget.addStanding(
      owner,
      { name: "files", account: "known", unit: "USD", perDay: usd("2"), formula: [], source: "bill", startsOn: "2027-01-20", endsOn: null },
      "file system",
      "standing:files",
    );
    await budget.placeHold(
      owner,
      {
        account: "known",
        amount: usd("90"),
        unit: "USD",
        subject: "job:1",
        partition: null,
        expiresAt: at("2027-01-25T00:00:00Z"),
        until: null,
        formula: [],
        expected: usd("40"),
      },
      "hold-known",
    );
    const award = {
      number: "ATM-1",
      account: "known",
      agency: "NSF",
      title: "t",
      pi: "Dr Li",
      startsOn: "2027-01-01",
      endsOn: "2027-12-31",
      total: usd("900"),
    };
    await budget.createAward(
      owner,
      { ...award, parent: null, unit: "USD", periodMonths: 12, carry: "carry-over", lateAccount: null, closeoutDays: 120, through: false, facts: {} },
      "award-known",
    );
    await budget.scheduleReleases(
      owner,
      "ATM-1",
      [
        { amount: usd("300"), gate: "date", dueOn: "2027-03-01", label: "second part" },
        { amount: usd("100"), gate: "approval", dueOn: null, label: "rest" },
      ],
      "schedule",
      "schedule-known",
    );
    const view = await ask("known");
    const on = (date: string) => view.path.find((row) => row.date === date)!;
    expect(dollars(on("2027-01-25").p2_5)).toBeGreaterThanOrEqual(40 + 6 * 2);
    expect(dollars(on("2027-03-01").left) - dollars(on("2027-02-28").left)).toBe(300);
    expect(view.bands_wide_because).toMatch(/nothing has been spent yet/);
    expect(view.track_record).toBeNull();
    expect(view.assumptions.map(({ what }) => what)).toEqual([
      "files costs $2.00 a day",
      "$40.00 is expected of 1 open reservation",
      "$300.00 is released on 1 March (second part)",
      "$100.00 waits for a decision (rest)",
    ]);
  });

  test("days are the reader's: what was spent late in the evening of New York is of that day there", async () => {
    await open("zones", "uni", "100", null);
    await ledger.chargeMany([charge("zones", "5", at("2027-01-19T03:00:00Z"))]);
    expect((await ask("zones")).past).toEqual([{ date: "2027-01-19", spend: "5.00" }]);
    expect((await ask("zones", { zone: "America/New_York" })).past).toEqual([{ date: "2027-01-18", spend: "5.00" }]);
  });

  test("an account above it that has less is what it can spend", async () => {
    await open("dean", null, "50", null);
    await budget.createAccount(
      owner,
      { name: "lab", title: null, kind: "project", parent: "dean", allocated: usd("500"), startsAt: null, endsAt: null, managers: [], members: [] },
      "open:lab",
    );
    expect(await ask("lab")).toMatchObject({ left: "50.00", limited_by: "dean", end_of: "default", end_date: "2027-04-20" });
  });

  test("what one may not see is unknown, as what is not there; an end that is past has no forecast", async () => {
    const stranger = { name: "stranger", admin: false };
    await expect(ask("climate", {}, stranger)).rejects.toMatchObject({ code: "budget.account-unknown", detail: "there is no account climate" });
    await expect(ask("nowhere")).rejects.toMatchObject({ code: "budget.account-unknown", detail: "there is no account nowhere" });
    await expect(ask("climate", { end: "2027-01-19" })).rejects.toMatchObject({ code: "value.range" });
    await expect(ask("climate", { end: "2040-01-01" })).rejects.toMatchObject({ code: "value.range" });
    await open("over", "uni", "10", "2027-01-10T00:00:00Z");
    await expect(ask("over")).rejects.toMatchObject({ code: "budget.ended" });
    expect(await ask("over", { end: "2027-02-10" })).toMatchObject({ end_of: "asked" });
  });

  test.each([
    { price: "0" },
    { price: "x2" },
    { price: "-1" },
    { spot: "1001" },
    { people: "1.5" },
    { people: "9999" },
    { allocation: "much" },
    { end: "2027-02-30" },
    { zone: "Mars/Base" },
    { zone: "'; drop table account" },
  ])("%j is no question", async (query) => {
    await expect(ask("climate", query)).rejects.toThrow(/./);
    expect(forecastRoutes.ofAccount.query.safeParse(query).success).toBe(false);
  });
});
