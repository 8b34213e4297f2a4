import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAlerts } from "#alert";
import { asbbHandlers, openAsbb } from "#asbb";
import { asbbRoutes } from "#asbb/contract";
import { budgetHandlers, openAccounts, openBudget, openLedger, openSpendingFacts } from "#budget";
import { budgetRoutes } from "#budget/contract";
import { forecastHandlers, openForecasts } from "#forecast";
import { forecastRoutes } from "#forecast/contract";
import type { Route, Routes } from "#kernel";
import { openReports, reportHandlers } from "#report";
import { reportRoutes } from "#report/contract";
import { mount, type AnyHandler, type Mounted } from "./mount.ts";
import { openTestApp, type TestApp } from "./test-bed.ts";

/*
 * A stranger asks for what is another project's, on every route that takes an id of money: what is there must be answered in the very words of what is not.
 * A member asks the same, so that the walk cannot pass by asking for nothing.
 */

const TABLES: readonly Routes[] = [budgetRoutes, reportRoutes, forecastRoutes, asbbRoutes];
const MISSING_ID = "01900000-0000-7000-8000-000000000000";

let app: TestApp;
let tokens: { readonly stranger: string; readonly member: string };
/** What there is of climate, and what is not, by the routes' paths before their parameter; elsewhere it is the account itself. */
const there: Record<string, { readonly real: string; readonly missing: string }> = {};

beforeAll(async () => {
  const handlers: Record<string, AnyHandler> = {};
  const late = (routes: Routes): Mounted[] => {
    const byName = Object.keys(routes).map((name): [string, AnyHandler] => [name, (request) => handlers[routes[name]!.id]!(request)]);
    return mount(routes, Object.fromEntries(byName) as never);
  };
  app = await openTestApp(TABLES.flatMap(late));
  const { db, clock, access } = app;
  const people = access.people;
  const accounts = openAccounts({ db, clock, source: "http" });
  const budget = openBudget({ db, clock, source: "http", ledger: openLedger(db, clock), people });
  const alerts = openAlerts({ db, clock, source: "http", accounts, viewer: people.viewer, channels: { has: () => true } });
  const rooms: readonly (readonly [Routes, object])[] = [
    [budgetRoutes, budgetHandlers(budget)],
    [reportRoutes, reportHandlers(openReports({ db, clock, accounts, people }))],
    [forecastRoutes, forecastHandlers(openForecasts({ spendingFacts: openSpendingFacts({ db, clock, accounts, people }) }))],
    [asbbRoutes, asbbHandlers(openAsbb({ db, clock, budget, alerts }))],
  ];
  for (const [routes, own] of rooms) for (const [name, route] of Object.entries(routes)) handlers[route.id] = (own as Record<string, AnyHandler>)[name]!;
  const tokenOf = async (person: string) => (await access.tokens.create({ name: "owner", admin: true }, { person, label: "walk", days: null })).secret;
  tokens = { stranger: await tokenOf("sarah"), member: await tokenOf("maria") };
  await fill();
});
afterAll(() => app.drop());

let sent = 0;
async function send(token: string | null, method: Route["method"], url: string, body?: object) {
  sent += 1;
  const headers = {
    "idempotency-key": `walk-${sent}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  return app.send({ method, url, headers, ...(body === undefined ? {} : { payload: JSON.stringify(body) }) });
}

/** An account of maria's with one of each thing that has an id. */
async function fill(): Promise<void> {
  const make = async (url: string, body: object) => {
    const reply = await send(null, "POST", `/api/v1/budget${url}`, body);
    if (reply.statusCode >= 300) throw new Error(`${url}: ${reply.body}`);
    return reply.json<Record<string, string>>();
  };
  await make("/accounts", { name: "climate", kind: "project", parent: null, allocated: "100.00" });
  await app.access.people.ensureMember({ person: "maria", account: "climate", role: "pi" });
  const hold = await make("/holds", { account: "climate", amount: "1.00", subject: "job:1" });
  const lease = await make("/leases", { account: "climate", amount: "1.00", expires_at: "2099-01-01" });
  const quote = await make("/quotes", { account: "climate", amount: "1.00", reason: "walk" });
  const day = { starts_on: "2026-11-21", source: "price list", reason: "walk" };
  await make("/standing", { name: "head-node", account: "climate", per_day: "0.10", ...day });
  const terms = { agency: "NSF", title: "Isotopes", pi: "Dr Li", starts_on: "2026-01-01", ends_on: "2027-12-31", total: "10.00" };
  await make("/awards", { number: "ATM-1", account: "climate", ...terms });
  there["/budget/holds"] = { real: hold["hold_id"]!, missing: MISSING_ID };
  there["/budget/leases"] = { real: lease["lease_id"]!, missing: MISSING_ID };
  there["/budget/quotes"] = { real: quote["id"]!, missing: MISSING_ID };
  there["/budget/standing"] = { real: "head-node", missing: "nowhere" };
  for (const place of ["/budget/awards", "/grants", "/burn-rate/grant", "/reports/statements/award"]) there[place] = { real: "ATM-1", missing: "ATM-2" };
  await make("/accounts/climate/charges", { amount: "1.00", subject: "cluster:mill/head-node", person: "maria", note: "walk" });
  const { transactions } = (await send(null, "GET", "/api/v1/transactions?account=climate&type=charge")).json<{ transactions: { id: string }[] }>();
  there["/transactions"] = { real: transactions[0]!.id, missing: "999999" };
  there["/reports/why"] = { real: hold["hold_id"]!, missing: MISSING_ID };
}

const routes = TABLES.flatMap((table) => Object.values(table));
const PARAM = /:[A-Za-z_]+/;
const placeOf = (route: Route) => route.path.slice("/api/v1".length).split("/:")[0]!;

/** Routes for those who run the installation: whoever else asks gets one answer before anything is looked up. */
const admins = routes.filter((route) => route.access === "admin" && PARAM.test(route.path));

describe.each(admins.map((route) => [`${route.method} ${route.path}`, route] as const))("%s", (_name, route) => {
  test("is refused to a stranger before anything is looked up", async () => {
    const told = async (id: string) => toldOf(await send(tokens.stranger, route.method, urlOf(route, id), route.body === undefined ? undefined : {}), id);
    const found = await told(realOf(route));
    expect(found.status).toBe(403);
    expect(found).toEqual(await told(missingOf(route)));
  });
});

const urlOf = (route: Route, id: string) => route.path.replace(PARAM, id).replaceAll(new RegExp(PARAM, "g"), "1");
const realOf = (route: Route) => there[placeOf(route)]?.real ?? "climate";
const missingOf = (route: Route) => there[placeOf(route)]?.missing ?? "nowhere";

function toldOf(reply: { readonly statusCode: number; readonly body: string; readonly headers: object }, id: string): { status: number; body: string } {
  const body = reply.body.replaceAll(id, "ID").replaceAll(/"(request_id|timestamp)":"[^"]*"/g, "");
  return { status: reply.statusCode, body };
}

/** What takes a worker, an alert that rings, or an account of a kind of its own to make, and is not made here. */
const ELSEWHERE: readonly string[] = ["/api/v1/budget/overhead/:cluster", "/api/v1/allocations/:id", "/api/v1/alerts/:id"];
const own = routes.filter((route) => route.access === "person" && route.method === "GET" && PARAM.test(route.path) && !ELSEWHERE.includes(route.path));

describe.each(own.map((route) => [`GET ${route.path}`, route] as const))("%s", (_name, route) => {
  test("tells a stranger of what is there what it tells of what is not", async () => {
    const told = async (id: string) => toldOf(await send(tokens.stranger, "GET", urlOf(route, id)), id);
    expect((await send(tokens.member, "GET", urlOf(route, realOf(route)))).statusCode).toBe(200);
    const found = await told(realOf(route));
    expect(found).toEqual(await told(missingOf(route)));
    expect(found.status).toBe(404);
  });
});

/** What a person may send of an account that is hers: the account in the path or in the body. */
const MOVES: readonly (readonly [method: "POST" | "PUT", url: (account: string) => string, body: (account: string) => object])[] = [
  ["POST", () => "/api/v1/budget/holds", (account) => ({ account, amount: "1.00", subject: "job:2" })],
  ["POST", () => "/api/v1/budget/accounts", (account) => ({ name: "isotopes", kind: "project", parent: account, allocated: "1.00" })],
  ["POST", (account) => `/api/v1/budget/accounts/${account}/transfers`, () => ({ to: "nowhere-else", amount: "1.00", reason: "walk" })],
  ["POST", (account) => `/api/v1/budget/accounts/${account}/limits`, () => ({ scope: "person", subject: "maria", amount: "1.00", reason: "walk" })],
  ["PUT", () => "/api/v1/budget/default", (account) => ({ account })],
  ["POST", () => "/api/v1/budget/check", (account) => ({ account, partition: "main", nodes: 1, cpus: 1, wall_time: "1:00:00" })],
];

test.each(MOVES.map((move) => [`${move[0]} ${move[1](":account")}`, move] as const))(
  "%s moves nothing of another's account and does not tell it from none",
  async (_name, [method, url, body]) => {
    const balance = async () => (await send(null, "GET", "/api/v1/budget/accounts/climate")).body;
    const before = await balance();
    const told = async (account: string) => toldOf(await send(tokens.stranger, method, url(account), body(account)), account);
    const found = await told("climate");
    expect([400, 401, 429]).not.toContain(found.status);
    expect(found).toEqual(await told("nowhere"));
    expect(await balance()).toBe(before);
  },
);

test.each([
  "budget/holds",
  "budget/journal",
  "budget/leases",
  "budget/quotes",
  "budget/standing",
  "budget/su-rates",
  "budget/refund-policy",
  "budget/overrun-policies",
  "budget/exemptions",
  "budget/exemption-uses",
  "reports/usage",
  "transactions",
])("GET %s of another's account tells nothing that it would not tell of none", async (path) => {
  const told = async (account: string) => toldOf(await send(tokens.stranger, "GET", `/api/v1/${path}?account=${account}`), account);
  expect((await send(tokens.member, "GET", `/api/v1/${path}?account=climate`)).statusCode).toBe(200);
  expect(await told("climate")).toEqual(await told("nowhere"));
});
