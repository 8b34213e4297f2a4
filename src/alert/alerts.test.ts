import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { ledgerVerifications, openBudget } from "#budget";
import { verify } from "#db";
import { addMs, milliseconds, type Person } from "#kernel";
import { anybody } from "../../test/beds/people.ts";
import type { AlertRuleView, AlertSummaryView, AlertView } from "./contract.ts";
import { alertBench, owner, type AlertBench } from "./test-alerts.ts";

let bed: FreshDatabase;
let b: AlertBench;
let climate: string;
let accounts = 0;
beforeAll(async () => {
  bed = await freshDatabase();
  b = alertBench(bed.db);
});
beforeEach(async () => {
  climate = `climate-${(accounts += 1)}`;
  await b.open(climate, "100");
});
afterAll(() => bed.drop());

const faults = async () => (await verify(bed.db, ledgerVerifications())).flatMap((one) => one.faults);
const set = (measure: string, threshold: number, action: string, more: object = {}, key?: string, person: Person = owner) =>
  b.call("setAlertRule", {
    params: { name: climate },
    body: { measure, threshold, action, destinations: ["webhook"], reason: "as agreed", ...more },
    person,
    ...(key === undefined ? {} : { key }),
  }) as Promise<AlertRuleView>;
const alerts = async (query: object = {}) =>
  ((await b.call("listAlerts", { query: { account: climate, ...query } })) as { items: AlertSummaryView[] }).items.map(
    ({ measure, threshold, state }) => `${measure}:${threshold} ${state}`,
  );
const latest = async () => ((await b.call("listAlerts", { query: { account: climate } })) as { items: AlertSummaryView[] }).items[0]!.number;
const lift = (number: string, person = owner, key?: string) =>
  b.call("liftAlert", { params: { number }, body: { reason: "the dean agrees" }, person, ...(key === undefined ? {} : { key }) }) as Promise<AlertView>;
const shown = () => openBudget({ db: bed.db, clock: b.clock, source: "http", ledger: b.ledger, people: anybody }).showAccount(owner, climate);
const allocate = (dollars: number) =>
  bed.db.query("select headgate.allocate($1, $2, $3, false, false, 'owner', 'test', 'more', now(), now())", [
    `give-${Math.random()}`,
    climate,
    dollars * 1_000_000,
  ]);

describe("a rule", () => {
  test("rings at its threshold and no sooner, once, and again only after it went back beyond its margin", async () => {
    await set("spent", 80, "notify", { margin: 10 });
    await b.spend(climate, "79.999999");
    expect([await b.work.turn(), await alerts()]).toEqual([0, []]);
    await b.spend(climate, "0.000001");
    expect([await b.work.turn(), await alerts()]).toEqual([1, ["spent:80 ringing"]]);
    await b.spend(climate, "5");
    expect(await b.work.turn()).toBe(0);
    // 85 of 115 is 73.9 %: below the threshold, and not by the margin.
    await allocate(15);
    expect(await b.work.turn()).toBe(0);
    await allocate(10);
    expect([await b.work.turn(), await alerts()]).toEqual([1, ["spent:80 cleared"]]);
    await b.spend(climate, "15");
    expect([await b.work.turn(), await alerts()]).toEqual([1, ["spent:80 ringing", "spent:80 cleared"]]);
  });

  test("rings once when several workers look at the same time, and nothing is let in once it stops", async () => {
    await set("committed", 80, "stop");
    await b.spend(climate, "79");
    const asks = Promise.all(Array.from({ length: 20 }, () => b.hold(climate, "1")));
    const looks = Promise.all(Array.from({ length: 5 }, () => b.work.turn()));
    const [granted] = [(await asks).filter((answer) => answer === "granted").length, await looks];
    await b.work.turn();
    expect([granted > 0, await alerts(), await b.hold(climate, "1")]).toEqual([true, ["committed:80 ringing"], "budget.stopped"]);
  });

  test("of what is committed counts reservations, and one of what is spent does not", async () => {
    await set("spent", 50, "notify");
    await set("committed", 50, "notify");
    expect(await b.hold(climate, "60")).toBe("granted");
    expect([await b.work.turn(), await alerts()]).toEqual([1, ["committed:50 ringing"]]);
  });

  test("that is set when its threshold is reached already rings at once", async () => {
    await b.spend(climate, "90");
    expect((await set("spent", 80, "notify")).ringing).toBe(await latest());
    expect(await b.work.turn()).toBe(0);
  });

  test("is set once for its key, is changed by setting it anew, and is no more when it is off", async () => {
    const key = `set-${climate}`;
    const first = await set("spent", 80, "notify", {}, key);
    expect(first).toMatchObject({ account: climate, measure: "spent", threshold: 80, margin: 5, severity: "warning", person: "owner", reason: "as agreed" });
    expect(await set("spent", 80, "notify", {}, key)).toEqual(first);
    await expect(set("spent", 80, "notify", { margin: 7 }, key)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    await b.spend(climate, "90");
    await b.work.turn();
    expect(await set("spent", 80, "stop")).toMatchObject({ action: "stop", severity: "critical" });
    expect(await alerts()).toEqual(["spent:80 ringing", "spent:80 cleared"]);
    expect(await b.hold(climate, "1")).toBe("budget.stopped");
    await set("spent", 80, "off", { destinations: [] });
    expect([await alerts(), await b.hold(climate, "1")]).toEqual([["spent:80 cleared", "spent:80 cleared"], "granted"]);
    expect(await b.call("listAlertRules", { query: { account: climate } })).toEqual({ items: [], next: null });
    await expect(set("spent", 80, "off", { destinations: [] })).rejects.toMatchObject({ code: "alert.rule-unknown" });
  });

  test.each([
    [{ threshold: 0 }, "threshold"],
    [{ threshold: 1001 }, "threshold"],
    [{ threshold: 80.5 }, "threshold"],
    [{ measure: "joy" }, "measure"],
    [{ action: "shout" }, "action"],
    [{ severity: "dire" }, "severity"],
    [{ destinations: ["mail:nobody"] }, "destinations"],
    [{ destinations: ["mail:a@b.example\r\nBcc: c@d.example"] }, "destinations"],
    [{ destinations: ["https://evil.example/"] }, "destinations"],
    [{ reason: "" }, "reason"],
  ])("is refused with its place named: %j", async (more, place) => {
    const { success, error } = (await import("./contract.ts")).setRuleBody.safeParse({
      measure: "spent",
      threshold: 80,
      action: "notify",
      destinations: ["webhook"],
      reason: "x",
      ...more,
    });
    expect([success, error?.issues[0]?.path[0]]).toEqual([false, place]);
  });

  test("is refused where it tells nobody, where nothing is set up to send, where it could never be over, and beyond twenty", async () => {
    await expect(set("spent", 80, "notify", { destinations: [] })).rejects.toThrow("somebody has to be told");
    await expect(set("spent", 80, "notify", { destinations: ["slack"] })).rejects.toMatchObject({ code: "alert.channel-unset" });
    await expect(set("spent", 5, "notify", { margin: 5 })).rejects.toMatchObject({ code: "value.range", facts: { field: "margin" } });
    for (let threshold = 1; threshold <= 20; threshold += 1) await set("spent", threshold, "notify");
    await expect(set("spent", 21, "notify")).rejects.toMatchObject({ code: "alert.too-many" });
  });
});

describe("an action", () => {
  test("approval: new work is refused until somebody who manages the account lifts it, and does not stop again while it rings", async () => {
    await set("spent", 80, "approval");
    expect(await b.hold(climate, "1")).toBe("granted");
    await b.spend(climate, "85");
    expect(await b.work.turn()).toBe(1);
    expect(await b.hold(climate, "1")).toBe("budget.approval-needed");
    expect(await shown()).toMatchObject({ status: "open", stopped: "approval", can_commit: "0.00" });
    const number = await latest();
    expect(await lift(number)).toMatchObject({ state: "lifted", lifted: { person: "owner", reason: "the dean agrees" } });
    expect([await b.hold(climate, "1"), await b.work.turn()]).toEqual(["granted", 0]);
    expect(await shown()).toMatchObject({ stopped: null });
    await expect(lift(number)).rejects.toMatchObject({ code: "alert.nothing-to-lift" });
    const journal = await bed.db.query<{ event: string; by_person: string; source: string; why: string }>(
      "select detail ->> 'event' as event, by_person, source, why from headgate.journal_transaction where subject = $1 order by number",
      [`alert:${number}`],
    );
    expect(journal.map(({ event, by_person: by, source, why }) => [event, by, source, why])).toEqual([
      ["raised", "headgate", "worker", "the threshold was reached"],
      ["lifted", "owner", "http", "the dean agrees"],
    ]);
  });

  test("stops the accounts below, too, goes on by itself when it is over, and leaves what was reserved", async () => {
    const below = `${climate}-a`;
    await b.open(below, "50", climate);
    expect(await b.hold(below, "2")).toBe("granted");
    await set("committed", 80, "stop");
    await b.spend(below, "45");
    await b.spend(climate, "40");
    await b.work.turn();
    expect(await b.hold(below, "1")).toBe("budget.stopped");
    await b.spend(climate, "1");
    await allocate(100);
    await b.work.turn();
    expect(await b.hold(below, "1")).toBe("granted");
  });

  test("the strictest of several that ring counts, and lifting one leaves the others", async () => {
    await set("spent", 50, "approval");
    await set("spent", 80, "stop");
    await b.spend(climate, "85");
    expect(await b.work.turn()).toBe(2);
    expect(await b.hold(climate, "1")).toBe("budget.stopped");
    await lift(await latest());
    expect(await b.hold(climate, "1")).toBe("budget.approval-needed");
  });

  test("is once for its key, told, and does not undo what a person froze", async () => {
    await bed.db.query("select headgate.change_account($1, $2, 'frozen', null, null, 'owner', 'test', 'audit', now())", [`freeze-${climate}`, climate]);
    await set("spent", 80, "stop");
    await b.spend(climate, "85");
    await b.work.turn();
    const number = await latest();
    const key = `lift-${climate}`;
    const lifted = await lift(number, owner, key);
    expect(await lift(number, owner, key)).toEqual(lifted);
    expect(lifted.messages.map(({ event }) => event)).toEqual(expect.arrayContaining(["lifted", "raised"]));
    expect(await b.hold(climate, "1")).toBe("budget.frozen");
  });
});

test("an alert is seen by the first who says so, with notes, in the journal", async () => {
  await set("spent", 80, "notify");
  await b.spend(climate, "85");
  await b.work.turn();
  const number = await latest();
  const seen = (await b.call("acknowledgeAlert", { params: { number }, body: { notes: "a rerun" } })) as AlertView;
  expect(seen).toMatchObject({ state: "ringing", acknowledged: { person: "owner", notes: "a rerun" } });
  expect(await b.call("acknowledgeAlert", { params: { number }, body: { notes: "again" } })).toEqual(seen);
});

test("what people do not see is not told apart from what is not there", async () => {
  await set("spent", 80, "stop");
  await b.spend(climate, "85");
  await b.work.turn();
  const tom: Person = { name: "tom", admin: false };
  for (const number of [await latest(), "999999999"]) {
    for (const [name, body] of [["showAlert"], ["liftAlert", { reason: "x" }], ["acknowledgeAlert"]] as const)
      await expect(b.call(name, { params: { number }, body, person: tom })).rejects.toMatchObject({
        code: "alert.unknown",
        detail: `there is no alert ${number}`,
      });
  }
  await expect(set("spent", 70, "notify", {}, undefined, tom)).rejects.toMatchObject({ code: "budget.account-unknown" });
  for (const name of ["testAlert", "listTests"] as const)
    await expect(b.call(name, { params: { name: climate }, person: tom })).rejects.toMatchObject({ code: "budget.account-unknown" });
  expect(await b.call("listAlerts", { person: tom })).toEqual({ items: [], next: null });
  expect(await b.call("listAlertRules", { person: tom })).toEqual({ items: [], next: null });
});

test("who manages an account sets what tells and what asks for approval; what stops work is set, changed and lifted by administrators", async () => {
  const [li, tom] = [
    { name: "li", admin: false },
    { name: "tom", admin: false },
  ];
  b.parts.set("li", [{ account: climate, role: "pi" }]);
  b.parts.set("tom", [{ account: climate, role: "member" }]);
  await set("spent", 50, "approval", {}, undefined, li);
  for (const action of ["stop", "hold"]) await expect(set("spent", 90, action, {}, undefined, li)).rejects.toMatchObject({ code: "access.forbidden" });
  await set("spent", 80, "stop");
  for (const action of ["notify", "off"]) await expect(set("spent", 80, action, {}, undefined, li)).rejects.toMatchObject({ code: "access.forbidden" });
  await b.spend(climate, "85");
  expect(await b.work.turn()).toBe(2);
  const stopped = await latest();
  const asked = String(Number(stopped) - 1);
  await expect(lift(stopped, li)).rejects.toMatchObject({ code: "access.forbidden" });
  for (const number of [stopped, asked]) await expect(lift(number, tom)).rejects.toMatchObject({ code: "access.forbidden" });
  expect(await lift(asked, li)).toMatchObject({ state: "lifted", lifted: { person: "li" } });
  await expect(set("spent", 60, "notify", {}, undefined, tom)).rejects.toMatchObject({ code: "access.forbidden" });
  expect((await b.call("showAlert", { params: { number: stopped }, person: tom })) as AlertView).toMatchObject({ state: "ringing" });
});

test.each([
  ["update headgate.alert_rule set margin = margin + 1", "differs from what was decided"],
  ["delete from headgate.alert_message where place = (select max(place) from headgate.alert_message)", "was not told to those it is for"],
  ["update headgate.balance set stopped = null where stopped is not null", "is not stopped as its alerts ask"],
  ["update headgate.alert set cleared_at = raised_at where cleared_at is null", "the journal says otherwise"],
  ["update headgate.alert_message set sent_at = now() where place = (select max(place) from headgate.alert_message)", "sent out of order"],
])("is proven by verify: %s", async (damage, words) => {
  await set("spent", 80, "stop");
  await b.spend(climate, "85");
  await b.work.turn();
  const found = await bed.db
    .transaction(async (tx) => {
      await tx.query(damage);
      const results = await Promise.all(
        ledgerVerifications()
          .filter(({ name }) => name.includes("alerts"))
          .map((one) => one.run(tx)),
      );
      throw Object.assign(new Error("undone"), { found: results.flatMap((one) => one.faults) });
    })
    .catch((error: Error & { found?: readonly string[] }) => error.found ?? [error.message]);
  expect(found.join("\n")).toContain(words);
});

test("whatever was done here, the books say the same", async () => {
  expect(await faults()).toEqual([]);
});

describe("a rule of a forecast or an anomaly", () => {
  test("rings when the money runs out within so many days, and is over when there is more", async () => {
    for (let day = 1; day <= 30; day += 1) await b.spend(climate, "2", day);
    await set("runs-out", 30, "notify");
    await set("projected", 100, "notify");
    await b.work.measure();
    expect(await alerts()).toEqual(expect.arrayContaining(["runs-out:30 ringing", "projected:100 ringing"]));
    const { words } = ((await b.call("listAlerts", { query: { account: climate } })) as { items: AlertSummaryView[] }).items.find(
      ({ measure }) => measure === "runs-out",
    )!;
    expect(words).toMatch(/^climate-\d+ runs out of money about 2026-12-\d\d, in \d+ days \(rings at 30 days\)$/);
    await allocate(100_000);
    await b.work.measure();
    expect(await alerts({ state: "ringing" })).toEqual([]);
  });

  test("of an anomaly rings on a day far outside the account's own, and is over the day after", async () => {
    await allocate(10_000);
    for (let day = 1; day <= 20; day += 1) await b.spend(climate, day % 2 === 0 ? "10" : "12", day);
    await set("anomaly", 8, "notify");
    await b.spend(climate, "15");
    await b.work.measure();
    expect(await alerts()).toEqual([]);
    await b.spend(climate, "60");
    await b.work.measure();
    expect(await alerts()).toEqual(["anomaly:8 ringing"]);
    b.clock.set(addMs(b.clock.now(), milliseconds(86_400_000)));
    await b.work.measure();
    expect(await alerts()).toEqual(["anomaly:8 cleared"]);
  });
});
