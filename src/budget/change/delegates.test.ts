import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "#access";
import { Problem } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import type { AccountPeople } from "../accounts-service.ts";
import { openBudget, type BudgetService } from "../budget-service.ts";
import { owner } from "../test-call.ts";
import { bench, openTree, usd, type Bench } from "../test-tree.ts";

/** uni > geo > climate, and soil and a sibling's beside; each person below has one part, and is named by it. */
const PARTS: Readonly<Record<string, { readonly account: string; readonly role: Role }>> = {
  "pi": { account: "geo", role: "pi" },
  "delegate": { account: "geo", role: "delegate" },
  "manager": { account: "geo", role: "manager" },
  "member": { account: "geo", role: "member" },
  "pi-of-climate": { account: "climate", role: "pi" },
};
const people: AccountPeople = {
  viewer: (person) => Promise.resolve({ ...person, memberships: PARTS[person.name] === undefined ? [] : [PARTS[person.name]!] }),
  membersOf: () => Promise.resolve(new Map()),
  ensureMember: () => Promise.resolve(true),
};

let bed: FreshDatabase;
let b: Bench;
let budget: BudgetService;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  budget = openBudget({ db: bed.db, clock: b.clock, source: "http", ledger: b.ledger, people });
  await openTree(b.accounts, { uni: "1000", geo: "620", climate: "500" });
  await budget.createAccount(owner, newAccount("soil", "geo"), "soil");
  await budget.createAccount(owner, newAccount("law", "uni"), "law");
});
afterAll(() => bed.drop());

const newAccount = (name: string, parent: string | null) =>
  ({ name, title: null, kind: "project", parent, allocated: usd("10"), startsAt: null, endsAt: null, managers: [], members: [] }) as const;
const as = (name: string) => ({ name, admin: false });
let keys = 0;
const codeOf = (work: (key: string) => Promise<unknown>): Promise<string> =>
  work(`key-${(keys += 1)}`).then(
    () => "done",
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );
const transfer = (name: string, from: string, to: string) => codeOf((key) => budget.transfer(as(name), { from, to, amount: usd("1"), reason: "test" }, key));
const limit = (name: string, account: string) =>
  codeOf((key) => budget.setLimit(as(name), { account, scope: "person", subject: "james", amount: usd("5"), reason: "test" }, key));
const open = (name: string, parent: string | null) => codeOf((key) => budget.createAccount(as(name), newAccount(`new-${keys}`, parent), key));

describe.each(["pi", "delegate"])("the %s of a department", (name) => {
  test("limits, moves and opens what is part of it, and nothing beside or above", async () => {
    expect([await limit(name, "geo"), await limit(name, "climate")]).toEqual(["done", "done"]);
    expect([await limit(name, "uni"), await limit(name, "law")]).toEqual(["budget.account-unknown", "budget.account-unknown"]);
    expect([await transfer(name, "climate", "soil"), await transfer(name, "geo", "climate")]).toEqual(["done", "done"]);
    expect([await transfer(name, "climate", "law"), await transfer(name, "law", "climate")]).toEqual(["budget.account-unknown", "budget.account-unknown"]);
    expect([await open(name, "geo"), await open(name, "climate")]).toEqual(["done", "done"]);
    expect([await open(name, "uni"), await open(name, null)]).toEqual(["budget.account-unknown", "access.forbidden"]);
  });
});

test.each(["manager", "member"])("a %s does none of it", async (name) => {
  const codes = [await limit(name, "geo"), await transfer(name, "geo", "climate"), await open(name, "geo")];
  const below = name === "manager" ? "access.forbidden" : "budget.account-unknown";
  expect(codes).toEqual(["access.forbidden", "access.forbidden", "access.forbidden"]);
  expect(await limit(name, "climate")).toBe(below);
});

test("who answers for a project moves nothing out of it, and what was done is journalled in the name of who did it", async () => {
  expect(await transfer("pi-of-climate", "climate", "soil")).toBe("budget.account-unknown");
  expect(await limit("pi-of-climate", "climate")).toBe("done");
  const rows = await bed.db.query<{ by_person: string; kind: string }>(
    "select distinct by_person, kind from headgate.journal_transaction where by_person in ('pi', 'delegate') order by by_person, kind",
  );
  expect(rows.map(({ by_person, kind }) => `${by_person} ${kind}`)).toEqual(
    ["delegate", "pi"].flatMap((name) => ["allocate", "limit", "open", "transfer"].map((kind) => `${name} ${kind}`)),
  );
});
