import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openAlerts, type AlertsService } from "#alert";
import { ledgerVerifications, openAccounts, openBudget, openLedger } from "#budget";
import { verify } from "#db";
import { asbbHandlers, openAsbb } from "#asbb";
import { asbbErrorShape, asbbRoutes } from "#asbb/contract";
import { parseHourlyRate } from "#kernel";
import { recordRate } from "#price";
import { mount, type AnyHandler } from "./mount.ts";
import { openTestApp, type TestApp } from "./test-bed.ts";

describe("the routes of asbb", () => {
  let app: TestApp;
  let account = 0;
  let name: string;
  let alerts: AlertsService;
  beforeAll(async () => {
    let handlers: Readonly<Record<string, AnyHandler>> = {};
    const later = Object.fromEntries(Object.keys(asbbRoutes).map((one): [string, AnyHandler] => [one, (request) => handlers[one]!(request)])) as never;
    app = await openTestApp(mount(asbbRoutes, later));
    const { db, clock, access } = app;
    const budget = openBudget({ db, clock, source: "http", ledger: openLedger(db, clock), people: access.people });
    const accounts = openAccounts({ db, clock, source: "http" });
    alerts = openAlerts({ db, clock, source: "http", accounts, viewer: access.people.viewer, channels: { has: () => true } });
    handlers = asbbHandlers(openAsbb({ db, clock, budget, alerts }));
  });
  afterAll(() => app.drop());

  const send = async (method: "GET" | "POST" | "PUT" | "DELETE", url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const reply = await app.send({
      method,
      url,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: reply.statusCode, body: reply.json<Record<string, never>>() };
  };
  const open = (limit: number | string, of = name) =>
    send("POST", "/api/v1/accounts", { slurm_account: of, name: "Climate", budget_limit: limit, start_date: "2026-01-01", end_date: "2099-12-31" });
  const job = (more: object = {}) => ({ account: name, partition: "main", nodes: 1, cpus: 10, wall_time: "1:00:00", ...more });
  const check = (more: object = {}, headers: Record<string, string> = {}) => send("POST", "/api/v1/budget/check", job(more), headers);
  const reconcile = (transaction: unknown, cost: unknown, more: object = {}) =>
    send("POST", "/api/v1/budget/reconcile", { job_id: "4711", actual_cost: cost, transaction_id: transaction, ...more });
  const shown = async () => (await send("GET", `/api/v1/accounts/${name}`)).body;

  beforeEach(async () => {
    account += 1;
    name = `climate-${account}`;
    await open(12);
  });

  test("on a fresh installation a check that fits reserves, and says what is left", async () => {
    const { status, body } = await check();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      available: true,
      estimated_cost: 1,
      hold_amount: 1.2,
      budget_remaining: 10.8,
      details: { price: "fallback", hold_percentage: 120, current_hold: 1.2 },
    });
    expect(await shown()).toMatchObject({ budget_held: 1.2, budget_used: 0 });
  });

  test("insufficient budget is 200 with available false, and reserves nothing", async () => {
    const { status, body } = await check({ cpus: 1000 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ available: false, hold_amount: 0, transaction_id: "", budget_remaining: 12 });
    expect(String(body["message"])).toContain("$120.00");
    expect(await shown()).toMatchObject({ budget_held: 0 });
  });

  test("of 50 at once exactly ten of $1.20 fit into $12", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => check()));
    expect(answers.filter(({ body }) => body["available"]).length).toBe(10);
    expect(await shown()).toMatchObject({ budget_held: 12 });
  });

  test("requests without a key are jobs of their own; with one they are one job", async () => {
    const [one, two] = [await check(), await check()];
    expect(one.body["transaction_id"]).not.toBe(two.body["transaction_id"]);
    const key = { "idempotency-key": `retry-${name}` };
    const ids = [await check({}, key), await check({}, key), await check({}, key)].map(({ body }) => body["transaction_id"]);
    expect(new Set(ids).size).toBe(1);
    expect(await shown()).toMatchObject({ budget_held: 3.6 });
  });

  test("what was reserved and not used is free again, and the same reconcile twice changes nothing", async () => {
    const { body } = await check();
    const first = await reconcile(body["transaction_id"], 0.5);
    expect(first).toMatchObject({ status: 200, body: { success: true, original_hold: 1.2, actual_charge: 0.5, refund_amount: 0.7 } });
    expect(await shown()).toMatchObject({ budget_used: 0.5, budget_held: 0 });
    expect(await reconcile(body["transaction_id"], 0.5)).toMatchObject({ status: 200, body: { actual_charge: 0.5 } });
    expect(await reconcile(body["transaction_id"], 0.6)).toMatchObject({ status: 409 });
    expect(await shown()).toMatchObject({ budget_used: 0.5, budget_held: 0 });
  });

  test("a cost beyond the reservation is charged in full, said, and stops new work", async () => {
    const { body } = await check();
    const { body: answer } = await reconcile(body["transaction_id"], 500);
    expect(answer).toMatchObject({ actual_charge: 500, refund_amount: 0 });
    expect(String(answer["message"])).toContain("beyond the limit");
    expect((await check({ cpus: 1, wall_time: "1" })).body).toMatchObject({ available: false });
  });

  test("tenths of a cent add up", async () => {
    for (let count = 0; count < 10; count += 1) {
      const { body } = await check({ cpus: 1, wall_time: "1:00" });
      await reconcile(body["transaction_id"], 0.004);
    }
    expect(await shown()).toMatchObject({ budget_used: 0.04, budget_held: 0 });
  });

  test.each([
    ["1-00:00:00", 24],
    ["120", 2],
    ["90", 1.5],
    ["0:30", 0.01],
    ["90:00", 1.5],
    ["1-12", 36],
  ])("the wall time %s of 10 cores is $%d", async (wallTime, dollars) => {
    const { body } = await check({ wall_time: wallTime });
    expect(body["estimated_cost"]).toBeCloseTo(dollars, 2);
  });

  test.each([
    ["a wall time in words", { wall_time: "abc" }, "wall_time"],
    ["no time limit at all", { wall_time: "UNLIMITED" }, "wall_time"],
    ["no time", { wall_time: "0" }, "wall_time"],
    ["no nodes", { nodes: 0 }, "nodes"],
    ["half a core", { cpus: 0.5 }, "cpus"],
    ["an account of no name", { account: "Climate!" }, "account"],
  ])("%s is refused in asbb's shape", async (_name, more, field) => {
    const { status, body } = await check(more);
    expect(status).toBe(400);
    expect(asbbErrorShape.parse(body)).toMatchObject({ error: { code: "VALIDATION_ERROR", field } });
    expect(await shown()).toMatchObject({ budget_held: 0 });
  });

  test.each([
    ["a negative cost", -50],
    ["a cost that is no number", "lots"],
    ["a cost of more than there is", 1e308],
    ["a cost finer than a millionth", 0.12345678],
  ])("%s is refused", async (_name, cost) => {
    const { body } = await check();
    expect(await reconcile(body["transaction_id"], cost)).toMatchObject({ status: 400, body: { error: { code: "VALIDATION_ERROR", field: "actual_cost" } } });
    expect(await shown()).toMatchObject({ budget_used: 0, budget_held: 1.2 });
  });

  test("alerts are listed by account, grant and severity, and are seen once, by whom an administrator names", async () => {
    const grant = { grant_number: `G-${name}`, agency: "NSF", pi: "Dr Li", amount: 100, start_date: "2026-01-01", end_date: "2030-12-31", account: name };
    expect((await send("POST", "/api/v1/grants", grant)).status).toBe(201);
    await check({ cpus: 90 });
    const rule = { measure: "committed" as const, threshold: 80, action: "notify" as const, destinations: ["webhook"], reason: "as agreed" };
    await alerts.setRule({ name: "owner", admin: true }, name, rule, `rule-${name}`);
    const { status, body } = await send("GET", `/api/v1/alerts?grant=G-${name}&severity=warning`);
    expect([status, body]).toEqual([
      200,
      [expect.objectContaining({ account: name, type: "committed", severity: "warning", threshold: 80, actual: 90, status: "active", acknowledged: false })],
    ]);
    const [alert] = body as unknown as { id: string }[];
    expect((await send("GET", `/api/v1/alerts?account=${name}&severity=critical`)).body).toEqual([]);
    const seen = await send("POST", `/api/v1/alerts/${alert!.id}/acknowledge`, { user: "maria", notes: "a rerun" });
    expect(seen).toMatchObject({ status: 200, body: { acknowledged: true, acknowledged_by: "owner", notes: "maria: a rerun" } });
    expect(await send("POST", `/api/v1/alerts/${alert!.id}/acknowledge`, { user: "maria", notes: "a rerun" })).toEqual(seen);
    expect((await send("GET", `/api/v1/alerts/${alert!.id}`)).body).toEqual(seen.body);
    expect((await send("GET", "/api/v1/alerts/999999")).body).toMatchObject({ error: { code: "NOT_FOUND" } });
    expect((await send("GET", "/api/v1/alerts?grant=NOPE")).body).toMatchObject({ error: { code: "NOT_FOUND" } });
    expect((await send("GET", "/api/v1/alerts?severity=dire")).body).toMatchObject({ error: { code: "VALIDATION_ERROR", field: "severity" } });
  });

  test("what is not there, is there already, or is over is said with asbb's codes", async () => {
    expect(await check({ account: "nobody" })).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
    expect(await send("GET", "/api/v1/accounts/nobody")).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
    expect(await reconcile("0197a3f0-0000-7000-8000-000000000000", 1)).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
    expect(
      await send("POST", "/api/v1/accounts", { slurm_account: name, name: "Other", budget_limit: 5, start_date: "2026-01-01", end_date: "2027-01-01" }),
    ).toMatchObject({
      status: 409,
      body: { error: { code: "DUPLICATE_ACCOUNT" } },
    });
    await send("PUT", `/api/v1/accounts/${name}`, { end_date: "2026-01-02" });
    expect(await check()).toMatchObject({ status: 402, body: { error: { code: "ACCOUNT_EXPIRED" } } });
  });

  test("the same account is opened once, also without a key", async () => {
    expect(await open(12)).toMatchObject({ status: 201, body: { budget_limit: 12 } });
    expect(await shown()).toMatchObject({ budget_limit: 12, total_allocated: 12 });
  });

  test("deleting an account closes it; its ledger stays", async () => {
    const { body } = await check();
    await reconcile(body["transaction_id"], 0.5);
    expect(await send("DELETE", `/api/v1/accounts/${name}`)).toMatchObject({ status: 200, body: { status: "inactive", budget_used: 0.5 } });
    expect(await check()).toMatchObject({ status: 402, body: { error: { code: "ACCOUNT_INACTIVE" } } });
    expect(await shown()).toMatchObject({ budget_used: 0.5 });
  });

  test("an account's dates, status and budget are changed by PUT; what cannot be is refused, not dropped", async () => {
    const { body } = await send("PUT", `/api/v1/accounts/${name}`, { end_date: "2098-06-30", status: "suspended", budget_limit: "20.5" });
    expect(body).toMatchObject({ end_date: "2098-07-01T00:00:00.000Z", status: "suspended", budget_limit: 20.5 });
    expect((await send("PUT", `/api/v1/accounts/${name}`, { budget_limit: 3, status: "active" })).body).toMatchObject({ budget_limit: 3, status: "active" });
    await check();
    expect((await send("PUT", `/api/v1/accounts/${name}`, { budget_limit: 1 })).status).toBeGreaterThanOrEqual(400);
    expect(await send("PUT", `/api/v1/accounts/${name}`, { name: "Other" })).toMatchObject({ status: 400, body: { error: { field: "name" } } });
    expect(await shown()).toMatchObject({ name: "Climate", budget_limit: 3, budget_held: 1.2 });
  });

  test("a description is kept beside the name", async () => {
    const made = { slurm_account: `${name}-x`, name: "Ocean", description: "sea ice, 1 km", budget_limit: 5, start_date: "2026-01-01", end_date: "2027-01-01" };
    expect((await send("POST", "/api/v1/accounts", made)).body).toMatchObject({ name: "Ocean", description: "sea ice, 1 km" });
  });

  test("a grant is recorded once with its rate, its allocations are released when they are due, and the same again is nothing new", async () => {
    const grant = {
      grant_number: `ATM-${account}`,
      agency: "NSF",
      pi: "Dr Li",
      amount: 1000,
      start_date: "2026-01-01",
      end_date: "2030-12-31",
      indirect_rate: 0.3,
      co_pi: "Dr Wu",
    };
    const made = await send("POST", "/api/v1/grants", grant);
    expect(made).toMatchObject({ status: 201, body: { grant_number: grant.grant_number, amount: 1000, indirect_rate: 0.3 } });
    expect(await send("POST", "/api/v1/grants", grant)).toEqual(made);
    expect(await send("POST", "/api/v1/grants", { ...grant, amount: 2000 })).toMatchObject({ status: 409 });
    const part = { grant_number: grant.grant_number, amount: "400", due_date: "2026-01-01" };
    const scheduled = await send("POST", "/api/v1/allocations", part);
    expect(scheduled).toMatchObject({ status: 201, body: { id: `${grant.grant_number}:1`, amount: 400, status: "pending" } });
    await send("POST", "/api/v1/allocations/process", {});
    expect((await send("POST", "/api/v1/allocations", part)).body).toMatchObject({ id: `${grant.grant_number}:1`, status: "completed" });
    expect(await send("GET", `/api/v1/accounts/${made.body["account"]}`)).toMatchObject({ body: { budget_limit: 400, has_incremental_budget: true } });
    expect(await send("POST", "/api/v1/allocations", { ...part, amount: 700 })).toMatchObject({
      status: 409,
      body: { error: { details: /^budget\.award-exceeded/ } },
    });
  });

  test("an allocation of nothing is refused with its place", async () => {
    const part = { grant_number: "X-1", amount: 0, due_date: "2026-01-01" };
    expect(await send("POST", "/api/v1/allocations", part)).toMatchObject({ status: 400, body: { error: { code: "VALIDATION_ERROR", field: "amount" } } });
  });

  test.each([
    ["without an agency", { agency: undefined }, "agency"],
    ["that ends before it begins", { end_date: "2025-12-31" }, "end_date"],
    ["of a century", { end_date: "2126-01-01" }, "end_date"],
    ["with an indirect rate of 30", { indirect_rate: 30 }, "indirect_rate"],
    ["with a key that means nothing", { amuont: 5 }, "amuont"],
  ])("a grant %s is refused with its place", async (_name, more, field) => {
    const grant = { grant_number: "X-1", agency: "NSF", pi: "Dr Li", amount: 1000, start_date: "2026-01-01", end_date: "2027-01-01", ...more };
    expect(await send("POST", "/api/v1/grants", grant)).toMatchObject({ status: 400, body: { error: { code: "VALIDATION_ERROR", field } } });
  });

  test("a list is bounded, and has its accounts in pages", async () => {
    const { body } = await send("GET", "/api/v1/accounts?limit=2&offset=1");
    expect((body as unknown as { slurm_account: string }[]).length).toBeLessThanOrEqual(2);
    expect(await send("GET", "/api/v1/accounts?limit=100000")).toMatchObject({ status: 400, body: { error: { code: "VALIDATION_ERROR", field: "limit" } } });
  });

  test("without a token nothing is answered", async () => {
    const reply = await app.send({ method: "GET", url: "/api/v1/accounts", headers: { authorization: "" } });
    expect(reply.statusCode).toBe(401);
    expect(asbbErrorShape.parse(reply.json()).error.code).toBe("UNAUTHORIZED");
  });

  test("where rates are recorded they are the price, and the reservation is the worst case by them", async () => {
    await recordRate(
      app.db,
      { resource: "core", rate: parseHourlyRate("0.042")!, free: null, source: "rate sheet", dated: "2026-01-01" },
      "owner",
      app.clock.now(),
    );
    expect((await check()).body).toMatchObject({ estimated_cost: 0.42, hold_amount: 0.42, details: { price: "rates", hold_percentage: 100 } });
  });

  test("after all this the books verify", async () => {
    expect((await verify(app.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
  });
});
