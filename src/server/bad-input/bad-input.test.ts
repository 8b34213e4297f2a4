import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgetHandlers, openAccounts, openBudget, openLedger } from "#budget";
import { budgetRoutes } from "#budget/contract";
import { durationField, memoryField, moneyField, nameField, readDocument } from "#document";
import { parseMicros, type Micros } from "#kernel";
import { z } from "zod";
import { problemShape } from "../contract.ts";
import { mount, type AnyHandler } from "../mount.ts";
import { openTestApp, type TestApp } from "../test-bed.ts";
import type { BadRequest } from "./test-fields.ts";
import { RECHARGE_ROWS } from "./test-recharge-rows.ts";
import { BAD_FILE_LINES, BAD_REQUESTS as REQUESTS } from "./test-rows.ts";

const BAD_REQUESTS = [...REQUESTS, ...RECHARGE_ROWS];

let app: TestApp;
let before: string;

/** The real budget rooms behind the real routes. The handlers need the database, which the application brings. */
beforeAll(async () => {
  let handlers: Readonly<Record<string, AnyHandler>> = {};
  const later = Object.fromEntries(
    Object.keys(budgetRoutes).map((name): [string, AnyHandler] => [name, (request) => handlers[name]!(request)]),
  ) as unknown as ReturnType<typeof budgetHandlers>;
  app = await openTestApp(mount(budgetRoutes, later));
  const { db, clock, access } = app;
  const ledger = openLedger(db, clock);
  handlers = budgetHandlers(openBudget({ db, clock, source: "http", ledger, people: access.people }));
  const accounts = openAccounts({ db, clock, source: "test" });
  const allocated = parseMicros("100") as Micros;
  await accounts.create({ name: "climate", title: null, kind: "project", parent: null, allocated, startsAt: null, endsAt: null }, "owner", "climate");
  before = await books();
});
afterAll(() => app.drop());

/** Everything that a bad request could have changed. */
async function books(): Promise<string> {
  const [row] = await app.db.query<{ books: string }>(`
    select json_build_object('balances', (select json_agg(b order by node_id) from headgate.balance b), 'movements', (select count(*) from headgate.journal_transaction),
      'holds', (select count(*) from headgate.hold), 'leases', (select count(*) from headgate.lease), 'accounts', (select count(*) from headgate.account))::text as books`);
  return row!.books;
}

let sent = 0;
async function send({ method, url, body, headers = {} }: BadRequest["send"]) {
  sent += 1;
  const own = { "idempotency-key": `bad-${sent}`, ...(method === "GET" ? {} : { "content-type": "application/json" }) };
  return app.send({ method, url, headers: { ...own, ...headers }, ...(body === undefined ? {} : { payload: body }) });
}

describe("a bad request is answered with its problem and its place:", () => {
  test.each(BAD_REQUESTS.map((row) => [row.name, row] as const))("%s", async (_name, row) => {
    const reply = await send(row.send);
    const problem = problemShape.parse(reply.json());
    expect([reply.statusCode, problem.code], reply.body.slice(0, 500)).toEqual([row.status, row.code]);
    if (row.fault !== undefined) expect(problem.faults.map(({ code, path }) => ({ code, path }))).toContainEqual(row.fault);
    if (row.says !== undefined) expect(`${problem.detail} ${JSON.stringify(problem.facts)}`).toContain(row.says);
    expect(problem.fix).not.toBe("");
    // What came in is quoted on one line at most, so that no log and no terminal can be forged with it.
    expect(problem.detail).not.toMatch(/\p{Cc}/u);
  });

  test("and none of them moved money", async () => {
    expect(await books()).toBe(before);
  });
});

const fileSchema = z.strictObject({
  name: z.string(),
  time_limit: durationField().optional(),
  memory: memoryField().optional(),
  budget: moneyField().optional(),
  project: nameField().optional(),
});

describe("a bad line of a file is named with line and column:", () => {
  test.each(BAD_FILE_LINES.map((row) => [row.name, row] as const))("%s", (_name, row) => {
    const { value, faults } = readDocument(row.text, "job.yaml", fileSchema);
    expect(value).toBeUndefined();
    expect(faults.map(({ code, path, place }) => ({ code, path, place }))).toContainEqual({
      code: row.code,
      path: row.path,
      place: { file: "job.yaml", line: row.line, column: row.column },
    });
  });
});

test("there are at least 300 of them, of at least 30 kinds, each with a name of its own", () => {
  const rows = [...BAD_REQUESTS, ...BAD_FILE_LINES];
  expect(rows.length).toBeGreaterThanOrEqual(300);
  expect(new Set(rows.map((row) => row.kind)).size).toBeGreaterThanOrEqual(30);
  expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
});

/** Bodies of the budget's routes with any JSON value in any place. */
const anyBody = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.record(
    Object.fromEntries(
      [
        "name",
        "kind",
        "parent",
        "account",
        "amount",
        "subject",
        "partition",
        "reason",
        "attempt",
        "note",
        "at",
        "until",
        "expires_at",
        "reserved",
        "cost",
        "returns",
        "starts_at",
        "ends_at",
        "formula",
        "members",
        "title",
      ].map((key) => [
        key,
        fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: "binary" }), fc.constantFrom("climate", "-1", "1e9", "2026-02-30", "", "NaN", null)),
      ]),
    ),
    { requiredKeys: [] },
  ),
);
const POSTS = [
  "/accounts",
  "/accounts/climate/allocations",
  "/holds",
  "/holds/01900000-0000-7000-8000-000000000000/settle",
  "/holds/01900000-0000-7000-8000-000000000000/release",
  "/leases",
  "/leases/01900000-0000-7000-8000-000000000000/settle",
];

test("whatever is sent, the server never fails and no balance changes by what it refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...POSTS), anyBody, async (path, body) => {
      const earlier = await books();
      const reply = await send({ method: "POST", url: `/api/v1/budget${path}`, body: JSON.stringify(body) });
      expect(reply.statusCode, reply.body).toBeLessThan(500);
      if (reply.statusCode >= 400) expect(await books()).toBe(earlier);
    }),
    { numRuns: 300 },
  );
}, 60_000);
