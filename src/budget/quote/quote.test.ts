import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, milliseconds } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import type { FormulaTerm } from "#price";
import { setFundPlan } from "../fund/store.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, holdAsk, inWords, openTree, standing, start, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import type { QuoteView } from "./contract.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let uni: string;
let climate: string;
let keys = 0;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
afterAll(() => bed.drop());
beforeEach(async () => {
  b.clock.set(start);
  [uni, climate] = [freshName("uni"), freshName("climate")];
  await openTree(b.accounts, { [uni]: "1000", [climate]: "100" });
});

const term: FormulaTerm = {
  resource: "core",
  count: 2,
  spans: [{ name: "time limit", ms: 3_600_000 }],
  times: 1,
  rate: "6",
  free: null,
  source: "proposal",
  dated: null,
  rounding: "up",
  amount: "12",
};
const DAY = 86_400_000;

async function make(more: { account?: string; days?: number; key?: string; amount?: string } = {}): Promise<QuoteView> {
  keys += 1;
  const body = { account: more.account ?? climate, amount: more.amount ?? "12", formula: [term], reason: "proposal", valid_days: more.days };
  return (await call("makeQuote", owner, { body, key: more.key ?? `quote-${keys}` })) as QuoteView;
}

async function place(
  quote: string,
  more: { key?: string; account?: string; amount?: string } = {},
): Promise<{ hold_id: string; amount: string; replayed: boolean }> {
  keys += 1;
  const body = { account: more.account ?? climate, amount: more.amount ?? "12", subject: "job:x", quote };
  return (await call("placeHold", owner, { body, key: more.key ?? `place-${keys}` })) as { hold_id: string; amount: string; replayed: boolean };
}

async function faults(): Promise<string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => [...result.faults]);
}

describe("a quote", () => {
  test("says its price and until when it holds, moves no money, and stands in the journal; the same key is the same quote", async () => {
    const quote = await make({ key: "same", days: 30 });
    expect(quote).toMatchObject({ account: climate, amount: "12.00", unit: "USD", formula: [term], work: null, state: "open", hold_id: null });
    expect([quote.made_at, quote.valid_until]).toEqual(["2026-11-21T12:00:00.000Z", "2026-12-21T12:00:00.000Z"]);
    expect(await make({ key: "same", days: 30 })).toEqual(quote);
    await expect(make({ key: "same", days: 31 })).rejects.toMatchObject({ code: "idempotency.mismatch" });
    expect((await make()).valid_until).toBe("2026-11-28T12:00:00.000Z");
    expect(await standing(b.accounts, climate)).toMatchObject({ spent: 0, held: 0 });
    const told = await bed.db.query("select kind, amount, why from headgate.journal_transaction where subject = $1", [`quote:${quote.id}`]);
    expect(told).toEqual([{ kind: "quote", amount: usd("12"), why: "proposal" }]);
    await expect(make({ account: "nowhere" })).rejects.toMatchObject({ code: "budget.account-unknown" });
    expect(await faults()).toEqual([]);
  });

  test("is used by one reservation, which has its amount and formula and names it", async () => {
    const quote = await make();
    const placed = await place(quote.id, { key: "used" });
    expect(placed).toMatchObject({ amount: "12.00", replayed: false });
    expect(await call("showHold", owner, { params: { id: placed.hold_id } })).toMatchObject({ formula: [term], quote: quote.id, state: "open" });
    expect(await call("showQuote", owner, { params: { id: quote.id } })).toMatchObject({
      state: "used",
      hold_id: placed.hold_id,
      used_at: "2026-11-21T12:00:00.000Z",
    });
    const journal = (await call("listJournal", owner, { query: { account: climate } })) as { items: { kind: string; why: string }[] };
    expect(journal.items.map(({ kind, why }) => `${kind}: ${why}`).slice(0, 2)).toEqual([`hold: reserved by quote ${quote.id}`, "quote: proposal"]);
    b.clock.set(addMs(start, milliseconds(40 * DAY)));
    expect(await place(quote.id, { key: "used" })).toEqual({ ...placed, replayed: true });
    await expect(place(quote.id)).rejects.toMatchObject({ code: "budget.quote-used", detail: expect.stringContaining(placed.hold_id) as string });
    expect(await standing(b.accounts, climate)).toMatchObject({ held: 12 });
    expect(await faults()).toEqual([]);
  });

  test("is refused after its time, for another account, another amount, and when it is not there", async () => {
    const quote = await make();
    await expect(place(quote.id, { account: uni })).rejects.toMatchObject({ code: "budget.quote-other" });
    await expect(place(quote.id, { amount: "11.99" })).rejects.toMatchObject({
      code: "budget.quote-other",
      detail: `quote ${quote.id} is for 12.00 USD, not for 11.99`,
    });
    await expect(place("01890000-0000-7000-8000-00000000000a")).rejects.toMatchObject({ code: "budget.quote-unknown" });
    await expect(call("showQuote", owner, { params: { id: "01890000-0000-7000-8000-00000000000a" } })).rejects.toMatchObject({ code: "budget.quote-unknown" });
    b.clock.set(addMs(start, milliseconds(7 * DAY - 1)));
    const inTime = await make();
    await place(inTime.id);
    b.clock.set(addMs(start, milliseconds(7 * DAY)));
    await expect(place(quote.id)).rejects.toMatchObject({ code: "budget.quote-expired", detail: `quote ${quote.id} held until 2026-11-28T12:00:00.000Z` });
    expect(((await call("listQuotes", owner, { query: { account: climate } })) as { items: QuoteView[] }).items.map(({ state }) => state)).toEqual([
      "used",
      "expired",
    ]);
    expect(((await call("listQuotes", owner, { query: { account: climate, open: "true" } })) as { items: QuoteView[] }).items).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  test("stays open when the budget refuses the reservation, and can be used when there is money", async () => {
    const quote = await make({ amount: "120" });
    await expect(place(quote.id, { amount: "120" })).rejects.toMatchObject({ code: "budget.insufficient" });
    await b.accounts.allocate({ account: climate, amount: usd("50"), through: false, reason: "more" }, "owner", freshName("more"));
    expect(await place(quote.id, { amount: "120" })).toMatchObject({ amount: "120.00" });
    expect(await faults()).toEqual([]);
  });

  test("is used once when many ask for it at once, among reservations without one", async () => {
    const quote = await make();
    const other = b.another();
    const ask = () => holdAsk(climate, "12", { quote: quote.id, formula: [term] });
    const asks = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? b.ledger : other).holdMany([holdAsk(climate, "1"), ask()]));
    const words = (await Promise.all(asks)).flat().map(inWords);
    await other.close();
    expect(words.filter((one) => one === "granted")).toHaveLength(13);
    expect(words.filter((one) => one === `refused budget.quote-used ${climate} 0`)).toHaveLength(11);
    expect(await standing(b.accounts, climate)).toMatchObject({ held: 24 });
    expect(await faults()).toEqual([]);
  });

  test("is used by a reservation out of several funds, for all that it promises", async () => {
    const by = { person: "owner", source: "test", now: start };
    await setFundPlan(
      bed.db,
      {
        account: climate,
        mode: "order",
        funds: [
          { account: climate, share: null },
          { account: uni, share: null },
        ],
      },
      freshName("plan"),
      "two funds",
      by,
    );
    const quote = await make({ amount: "150" });
    const placed = await place(quote.id, { amount: "150" });
    expect(placed).toMatchObject({ amount: "150.00" });
    expect(await call("showQuote", owner, { params: { id: quote.id } })).toMatchObject({ state: "used", hold_id: placed.hold_id });
    await expect(place(quote.id, { amount: "150" })).rejects.toMatchObject({ code: "budget.quote-used" });
    expect(await faults()).toEqual([]);
  });

  test("is used by a reservation of nothing that an exemption lets in, for what would have been reserved", async () => {
    const exempt = { kind: "exemption", person: "owner", reason: "deadline", approver: "dean" };
    await call("grantExemption", owner, { params: { name: climate }, body: exempt, key: freshName("exempt") });
    const quote = await make({ amount: "120" });
    const placed = await place(quote.id, { amount: "120" });
    expect(placed).toMatchObject({ amount: "0.00", exempt: { asked: "120.00" } });
    expect(await call("showQuote", owner, { params: { id: quote.id } })).toMatchObject({ state: "used", hold_id: placed.hold_id });
    await expect(place(quote.id, { amount: "120" })).rejects.toMatchObject({ code: "budget.quote-used" });
    expect(await faults()).toEqual([]);
  });

  test("that was over keeps its refusal, though a copy of the request comes late to a server whose clock is behind", async () => {
    const quote = await make();
    b.clock.set(addMs(start, milliseconds(7 * DAY)));
    const ask = holdAsk(climate, "12", { quote: quote.id, formula: [term] });
    const refused = [`refused budget.quote-expired ${climate} 0`];
    expect((await b.ledger.holdMany([ask])).map(inWords)).toEqual(refused);
    b.clock.set(start);
    expect((await b.ledger.holdMany([ask])).map(inWords)).toEqual(refused);
    expect((await b.ledger.holdMany([{ ...ask, key: freshName("other") }])).map(inWords)).toEqual(["granted"]);
    expect(await faults()).toEqual([]);
  });

  test("is not believed with another formula, whoever asks the ledger", async () => {
    const quote = await make();
    expect((await b.ledger.holdMany([holdAsk(climate, "12", { quote: quote.id, formula: [{ ...term, rate: "5" }] })])).map(inWords)).toEqual([
      `refused budget.quote-other ${climate} 0`,
    ]);
  });
});

describe("is found by verify when", () => {
  let used: QuoteView;
  beforeEach(async () => {
    used = await make();
    await place(used.id);
  });

  test.each([
    ["its price is another", "update headgate.quote set amount = amount - 1 where id = $", "differs from what was made"],
    ["it holds longer", "update headgate.quote set valid_until = valid_until + interval '1 day' where id = $", "differs from what was made"],
    ["it is gone", "delete from headgate.quote where id = $", "was made and is not there"],
    ["it was never used", "update headgate.quote set hold_id = null, used_at = null where id = $", "which did not use it"],
    ["another reservation used it", "update headgate.quote set hold_id = gen_random_uuid() where id = $", "by a reservation that does not name it"],
  ])("%s", async (_what, damage, words) => {
    expect((await foundIn(bed.db, damage.replace("$", `'${used.id}'`))).join("\n")).toContain(words);
  });
});
