import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Membership, Viewer } from "#access";
import type { Person } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import type { AccountPeople } from "./accounts-service.ts";
import { caller, type Call } from "./test-call.ts";
import { bench, hold, holdAsk, inWords, openTree, settleAsk, usd, type Bench } from "./test-tree.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;

const owner: Person = { name: "owner", admin: true };
const maria: Person = { name: "maria", admin: false };
const james: Person = { name: "james", admin: false };
const memberships: (Membership & { person: string })[] = [
  { person: "maria", account: "climate", role: "member" },
  { person: "maria", account: "soil", role: "member" },
  { person: "sarah", account: "geo", role: "manager" },
];

/** People as the access room would answer for them. */
const people: AccountPeople = {
  viewer: (person) => Promise.resolve<Viewer>({ ...person, memberships: memberships.filter((one) => one.person === person.name) }),
  membersOf: (accounts) =>
    Promise.resolve(
      new Map(
        accounts.map((account) => [
          account,
          { managers: names(account, "manager"), members: names(account, "member"), pi: names(account, "pi")[0] ?? null, delegates: [] },
        ]),
      ),
    ),
  ensureMember: (membership) => Promise.resolve(memberships.push(membership)),
};

function names(account: string, role: string): string[] {
  return memberships.filter((one) => one.account === account && one.role === role).map(({ person }) => person);
}

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b, people);
  await openTree(b.accounts, { uni: "1000", geo: "620", climate: "500" });
  await call("createAccount", owner, {
    key: "owner:soil",
    body: { name: "soil", kind: "project", parent: "geo", allocated: "120.00", title: "Soil", members: ["james"] },
  });
});
afterAll(() => bed.drop());

type List = { items: Record<string, unknown>[]; next: string | null };

describe("accounts", () => {
  test("are listed as a tree, for each person those that are hers", async () => {
    const tree = (await call("listAccounts", owner)) as List;
    expect(tree.items.map(({ name, depth, parent }) => [name, depth, parent])).toEqual([
      ["uni", 0, null],
      ["geo", 1, "uni"],
      ["climate", 2, "geo"],
      ["soil", 2, "geo"],
    ]);
    expect(((await call("listAccounts", maria)) as List).items.map(({ name }) => name)).toEqual(["climate", "soil"]);
    expect(((await call("listAccounts", { name: "sarah", admin: false })) as List).items.map(({ name }) => name)).toEqual(["geo", "climate", "soil"]);
    expect(((await call("listAccounts", { name: "nobody", admin: false })) as List).items).toEqual([]);
  });

  test("come in pages", async () => {
    const first = (await call("listAccounts", owner, { query: { limit: 3 } })) as List;
    const second = (await call("listAccounts", owner, { query: { limit: 3, cursor: first.next } })) as List;
    expect([first.items.length, second.items.map(({ name }) => name), second.next]).toEqual([3, ["soil"], null]);
  });

  test("show their people and what they can commit, and which level says so", async () => {
    expect(await call("showAccount", james, { params: { name: "soil" } })).toMatchObject({
      title: "Soil",
      allocated: "120.00",
      free: "120.00",
      can_commit: "120.00",
      binding: "soil",
      members: ["maria", "james"],
      managers: [],
    });
  });

  test("of others look as if they were not there", async () => {
    await expect(call("showAccount", james, { params: { name: "climate" } })).rejects.toMatchObject({ code: "budget.account-unknown" });
    await expect(call("explainAccount", james, { params: { name: "nowhere" } })).rejects.toMatchObject({ code: "budget.account-unknown" });
  });

  test("are made once for a key, and not twice under one name", async () => {
    const body = { name: "ice", kind: "project", parent: "geo", allocated: "1.00" };
    await call("createAccount", owner, { key: "owner:ice", body });
    await call("createAccount", owner, { key: "owner:ice", body });
    await expect(call("createAccount", owner, { key: "owner:ice-2", body })).rejects.toMatchObject({ code: "budget.account-exists" });
    await expect(call("createAccount", owner, { key: "owner:x", body: { ...body, name: "x", parent: "nowhere" } })).rejects.toMatchObject({
      code: "budget.account-unknown",
    });
    await expect(call("createAccount", owner, { key: "owner:y", body: { ...body, name: "y", unit: "SU" } })).rejects.toMatchObject({
      code: "budget.unit-mismatch",
    });
    expect(await call("allocate", owner, { key: "owner:more", params: { name: "ice" }, body: { amount: "2.5", reason: "more" } })).toMatchObject({
      allocated: "3.50",
    });
  });
});

describe("reservations over HTTP", () => {
  test("are placed, settled and shown with their formula and charges", async () => {
    const formula = [
      {
        resource: "core",
        count: 2,
        spans: [{ name: "time limit", ms: 180_000 }],
        times: 1,
        rate: "0.042",
        free: null,
        source: "examples/lab.yaml",
        dated: "2026-11-20",
        rounding: "up",
        amount: "0.0042",
      },
    ];
    const placed = (await call("placeHold", maria, {
      key: "maria:1",
      body: { account: "soil", amount: "0.0042", subject: "test:1", formula, expected: "0.001" },
    })) as { hold_id: string };
    expect(
      await call("placeHold", maria, { key: "maria:1", body: { account: "soil", amount: "0.0042", subject: "test:1", formula, expected: "0.001" } }),
    ).toEqual({ hold_id: placed.hold_id, amount: "0.0042", unit: "USD", replayed: true, exempt: null });
    expect(await call("settleHold", owner, { key: "owner:s1", params: { id: placed.hold_id }, body: { attempt: 1, amount: "0.001" } })).toEqual({
      charged: "0.001",
      refunded: "0.00",
      returned: "0.0032",
      overrun: "0.00",
      replayed: false,
    });
    expect(await call("showHold", james, { params: { id: placed.hold_id } })).toMatchObject({
      person: "maria",
      state: "settled",
      charged: "0.001",
      expected: "0.001",
      formula,
      attempts: [{ attempt: 1, charged: "0.001", figure: "metered" }],
    });
    await expect(call("releaseHold", owner, { key: "owner:r1", params: { id: placed.hold_id }, body: {} })).rejects.toMatchObject({
      code: "budget.hold-closed",
    });
    await expect(call("showHold", { name: "nobody", admin: false }, { params: { id: placed.hold_id } })).rejects.toMatchObject({ code: "budget.hold-unknown" });
  });

  test("that do not fit say what would", async () => {
    await expect(call("placeHold", maria, { key: "maria:2", body: { account: "climate", amount: "500.01", subject: "test:2" } })).rejects.toMatchObject({
      code: "budget.insufficient",
      detail: "climate can commit $500.00 now; $500.01 was asked for",
      facts: { account: "climate", available: "500.00", asked: "500.01" },
    });
    await expect(call("placeHold", james, { key: "james:1", body: { account: "climate", amount: "1", subject: "test:3" } })).rejects.toMatchObject({
      code: "budget.account-unknown",
    });
  });

  test("are listed newest first, by account and state, in pages", async () => {
    const ids = [await hold(b.ledger, "climate", "1"), await hold(b.ledger, "climate", "2"), await hold(b.ledger, "climate", "3")];
    await b.ledger.releaseMany([{ key: `release:${ids[0]}`, holdId: ids[0]!, at: b.clock.now(), note: "" }]);
    const open = (await call("listHolds", maria, { query: { account: "climate", state: "open", limit: 1 } })) as List;
    expect(open.items.map(({ id }) => id)).toEqual([ids[2]]);
    const rest = (await call("listHolds", maria, { query: { account: "climate", state: "open", limit: 5, cursor: open.next } })) as List;
    expect([rest.items.map(({ id }) => id), rest.next]).toEqual([[ids[1]], null]);
    expect(((await call("listHolds", james)) as List).items.every(({ account }) => account === "soil")).toBe(true);
  });
});

test("the journal of an account shows each movement, entries adding up to zero, transfers on both sides", async () => {
  await bed.db.query("select headgate.transfer('t1', 'climate', 'soil', 5000000, 'owner', 'test', 'shared', now(), now())");
  const [climate, soil] = (await Promise.all(["climate", "soil"].map((account) => call("listJournal", maria, { query: { account } })))) as [List, List];
  expect(soil.items[0]).toMatchObject({
    kind: "transfer",
    person: "owner",
    why: "shared",
    entries: [
      { account: "climate", pocket: "free", amount: "-5.00" },
      { account: "soil", pocket: "free", amount: "5.00" },
    ],
  });
  expect(climate.items[0]).toEqual(soil.items[0]);
  const page = (await call("listJournal", maria, { query: { account: "climate", limit: 2 } })) as List;
  const next = (await call("listJournal", maria, { query: { account: "climate", limit: 500, cursor: page.next } })) as List;
  expect([...page.items, ...next.items]).toEqual(climate.items);
  for (const item of climate.items) {
    const sum = (item.entries as { amount: string }[]).reduce((total, { amount }) => total + usd(amount), 0n);
    expect(sum).toBe(0n);
  }
});

describe("status and explanation", () => {
  test("all my projects, my default, and that nothing costs money by the day", async () => {
    expect(await call("showStatus", james)).toMatchObject({
      person: "james",
      default_account: "soil",
      more: false,
      standing_costs: [],
      standing_per_day: [],
      indirect: [],
    });
    expect(await call("showStatus", maria)).toMatchObject({ default_account: null });
    expect(await call("setDefault", maria, { body: { account: "climate" } })).toEqual({ default_account: "climate" });
    expect(await call("showStatus", maria)).toMatchObject({ default_account: "climate" });
    await expect(call("setDefault", james, { body: { account: "climate" } })).rejects.toMatchObject({ code: "budget.account-unknown" });
  });

  test("what stands there costing money each day", async () => {
    const day = new Date(b.clock.now()).toISOString().slice(0, 10);
    await call("addStanding", owner, {
      body: { name: "head-node", account: "soil", per_day: "4.28", source: "prices of 2026-11-20", starts_on: day, reason: "cluster" },
      key: "standing",
    });
    expect(await call("showStatus", james)).toMatchObject({
      standing_costs: [{ name: "head-node", account: "soil", per_day: "4.28" }],
      standing_per_day: [{ unit: "USD", amount: "4.28" }],
    });
  });

  test("which level binds, with the numbers of each", async () => {
    const tight = await b.accounts.create(
      { name: "storm", title: null, kind: "project", parent: "geo", allocated: usd("5000"), startsAt: null, endsAt: null },
      "owner",
      "open:storm",
    );
    expect(tight).toBe(true);
    expect(await call("explainAccount", owner, { params: { name: "storm" } })).toMatchObject({
      account: "storm",
      binding: "geo",
      levels: [
        { name: "uni", binds: false },
        { name: "geo", binds: true, kind: "department" },
        { name: "storm", can_commit: "5000.00" },
      ],
    });
    const answer = (await b.ledger.holdMany([holdAsk("storm", "4999")]))[0];
    const explained = (await call("explainAccount", owner, { params: { name: "storm" } })) as { can_commit: string; reason: string; holds: unknown[] };
    expect(inWords(answer)).toBe(`refused budget.insufficient geo ${Number(explained.can_commit)}`);
    expect(explained.reason).toMatch(/^geo has \$\d+\.\d+ free of \$620\.00: \$0\.001 is spent, \$\d+\.\d\d reserved\.$/);
    // Two of jobs, and that of the head node.
    expect(explained.holds).toHaveLength(3);
  });

  test("an overrun is named", async () => {
    const id = await hold(b.ledger, "ice", "3");
    await b.ledger.settleMany([settleAsk(id, "4")]);
    expect(await call("explainAccount", owner, { params: { name: "ice" } })).toMatchObject({
      can_commit: "0.00",
      binding: "ice",
      reason: "ice is overrun by $0.50; nothing new can be committed until somebody who funds it decides.",
    });
  });
});
