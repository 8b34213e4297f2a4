import { V1, type BadRequest } from "./test-fields.ts";

/** Bad rates, costs and rules of recharging. */

const RATE = { resource: "core", rate: "0.042", dated: "2026-01-01", source: "rate sheet", approver: "VP Research", reason: "yearly" };
const COST = { from: "2026-11-01", to: "2026-11-30", amount: "30", category: "salaries", document: "GL 5100", reason: "November" };
const RULE = { since: "2026-07-01", opening: "0", band_days: 60, approver: "cost accounting", reason: "FY27" };

type Row = readonly [name: string, part: Readonly<Record<string, unknown>>, path: string, code?: string];

function rows(what: string, kind: string, url: string, whole: object, bad: readonly Row[]): BadRequest[] {
  return bad.map(([name, part, path, code = "value.invalid"]) => ({
    name: `${what} ${name}`,
    kind,
    send: { method: "POST", url: `${V1}${url}`, body: JSON.stringify({ ...whole, ...part }) },
    status: 400,
    code: "input.invalid",
    fault: { code, path },
  }));
}

export const RECHARGE_ROWS: readonly BadRequest[] = [
  ...rows("an approved rate", "approved rate", "/rates", RATE, [
    ["of something else", { resource: "disk" }, "resource"],
    ["below zero", { rate: "-1" }, "rate"],
    ["of ten decimals", { rate: "0.0000000001" }, "rate"],
    ["as a number", { rate: 0.042 }, "rate", "value.type"],
    ["of nothing without a reason", { rate: "0.000" }, "free", "price.free-without-reason"],
    ["that is free and is not", { free: "condo" }, "free"],
    ["from no day", { dated: "2026-02-29" }, "dated"],
    ["of nobody", { approver: "" }, "approver", "value.range"],
    ["with a source on two lines", { source: "a\nb" }, "source"],
    ["with an endless source", { source: "x".repeat(81) }, "source", "value.range"],
  ]),
  ...rows("a cost", "service cost", "/recharge/costs", COST, [
    ["of nothing", { amount: "0.00" }, "amount"],
    ["below zero", { amount: "-1" }, "amount"],
    ["beyond the bound", { amount: "1000000001" }, "amount", "value.range"],
    ["that ends before it begins", { to: "2026-10-31" }, "to"],
    ["of longer than ten years", { to: "2037-01-01" }, "to", "value.range"],
    ["on no day", { from: "2026-11-31" }, "from"],
    ["without a document", { document: "" }, "document", "value.range"],
  ]),
  ...rows("a rule of recharging", "recharge rule", "/recharge", RULE, [
    ["with a band of a year and two days", { band_days: 367 }, "band_days", "value.range"],
    ["with a band of half a day", { band_days: 0.5 }, "band_days", "value.type"],
    ["with an opening in words", { opening: "none" }, "opening"],
    ["since no day", { since: "July" }, "since"],
  ]),
];
