import { describe, expect, test } from "vitest";
import { instant, micros, Problem } from "#kernel";
import type { AdjustAsk } from "./adjust/adjust.ts";
import {
  AMOUNT_MAX,
  checkAdjustAsk,
  checkChargeAsk,
  checkFormula,
  checkHoldAsk,
  checkReleaseAsk,
  checkRenewAsk,
  checkSettleAsk,
  checkText,
} from "./check-ask.ts";

const AT = instant(Date.UTC(2026, 10, 20));
const ID = "01890000-0000-7000-8000-00000000000a";
const BY = { person: "owner", source: "test" };

const hold = { key: "k", account: "climate", amount: micros(1n), person: "maria", subject: "job:1", expiresAt: AT, formula: [], expected: null };
const release = { key: "k", holdId: ID, at: AT, note: "" };
const settle = { ...release, attempt: 1, amount: micros(1n), final: true, figure: "metered" as const };
const charge = { key: "k", account: "climate", amount: micros(1n), person: "maria", subject: "bill:1", figure: "billed" as const, at: AT, note: "" };
const refund: AdjustAsk = { key: "k", kind: "refund", mends: 1n, amount: micros(1n), at: AT, note: "why", approver: "maria", by: BY };
const writeOff: AdjustAsk = { ...refund, kind: "write-off", bearer: "overhead" };
const renew = { ...release, amount: micros(1n), expiresAt: AT, until: AT };

/** "fine", or the field that is at fault. */
function verdict<Ask>(check: (ask: Ask) => void, ask: Ask): unknown {
  try {
    check(ask);
    return "fine";
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "input.invalid") expect(error.faults).toMatchObject([{ code: "value.invalid", path: error.facts["field"] }]);
    return error.code === "input.invalid" ? error.facts["field"] : error.code;
  }
}

const LONG = (length: number) => "x".repeat(length);

describe("a request that can be booked is let through", () => {
  test.each([
    ["hold", () => verdict(checkHoldAsk, { ...hold, partition: "gpu", expected: micros(0n), until: AT, request: "digest", by: BY })],
    ["hold without the rest", () => verdict(checkHoldAsk, { ...hold, partition: null, expiresAt: null, request: null })],
    ["settlement", () => verdict(checkSettleAsk, { ...settle, frees: micros(2n), note: "ended", by: BY })],
    ["settlement that frees nothing", () => verdict(checkSettleAsk, { ...settle, frees: null })],
    ["release", () => verdict(checkReleaseAsk, release)],
    ["charge", () => verdict(checkChargeAsk, { ...charge, partition: "gpu", note: "a row", detail: { a: 1 }, by: BY })],
    ["charge without the rest", () => verdict(checkChargeAsk, { ...charge, partition: null, detail: null })],
    ["refund", () => verdict(checkAdjustAsk, refund)],
    ["write-off", () => verdict(checkAdjustAsk, writeOff)],
    ["renewal", () => verdict(checkRenewAsk, { ...renew, formula: [] })],
    ["renewal of nothing", () => verdict(checkRenewAsk, { ...renew, amount: null, expiresAt: null, until: null })],
  ])("%s", (_name, run) => {
    expect(run()).toBe("fine");
  });
});

describe("amounts are from nothing to a thousand million", () => {
  const amounts: readonly [bigint, unknown][] = [
    [0n, "fine"],
    [AMOUNT_MAX, "fine"],
    [AMOUNT_MAX + 1n, "budget.amount-invalid"],
    [-1n, "budget.amount-invalid"],
  ];
  test.each(amounts)("%s", (amount, expected) => {
    const of = micros(amount);
    expect([
      verdict(checkHoldAsk, { ...hold, amount: of }),
      verdict(checkHoldAsk, { ...hold, expected: of }),
      verdict(checkSettleAsk, { ...settle, amount: of }),
      verdict(checkSettleAsk, { ...settle, frees: of }),
      verdict(checkChargeAsk, { ...charge, amount: of }),
      verdict(checkAdjustAsk, { ...refund, amount: of }),
      verdict(checkRenewAsk, { ...renew, amount: of }),
    ]).toEqual(Array.from({ length: 7 }, () => expected));
  });

  test("the refusal says how much it was", () => {
    expect(() => checkHoldAsk({ ...hold, amount: micros(-1_500_000n) })).toThrow("-1.50 cannot be booked");
  });
});

describe("texts have their length, and no control characters", () => {
  const texts: readonly [string, number, (text: string) => unknown][] = [
    ["key", 300, (key) => verdict(checkHoldAsk, { ...hold, key })],
    ["account", 200, (account) => verdict(checkHoldAsk, { ...hold, account })],
    ["person", 200, (person) => verdict(checkHoldAsk, { ...hold, person })],
    ["subject", 200, (subject) => verdict(checkHoldAsk, { ...hold, subject })],
    ["partition", 63, (partition) => verdict(checkHoldAsk, { ...hold, partition })],
    ["request", 64, (request) => verdict(checkHoldAsk, { ...hold, request })],
    ["by.person", 200, (person) => verdict(checkHoldAsk, { ...hold, by: { ...BY, person } })],
    ["by.source", 200, (source) => verdict(checkHoldAsk, { ...hold, by: { ...BY, source } })],
    ["key", 300, (key) => verdict(checkReleaseAsk, { ...release, key })],
    ["by.person", 200, (person) => verdict(checkReleaseAsk, { ...release, by: { ...BY, person } })],
    ["key", 300, (key) => verdict(checkChargeAsk, { ...charge, key })],
    ["account", 200, (account) => verdict(checkChargeAsk, { ...charge, account })],
    ["person", 200, (person) => verdict(checkChargeAsk, { ...charge, person })],
    ["subject", 200, (subject) => verdict(checkChargeAsk, { ...charge, subject })],
    ["partition", 63, (partition) => verdict(checkChargeAsk, { ...charge, partition })],
    ["by.source", 200, (source) => verdict(checkChargeAsk, { ...charge, by: { ...BY, source } })],
    ["key", 280, (key) => verdict(checkAdjustAsk, { ...refund, key })],
    ["note", 500, (note) => verdict(checkAdjustAsk, { ...refund, note })],
    ["approver", 200, (approver) => verdict(checkAdjustAsk, { ...refund, approver })],
    ["bearer", 200, (bearer) => verdict(checkAdjustAsk, { ...writeOff, bearer })],
    ["by.person", 200, (person) => verdict(checkAdjustAsk, { ...refund, by: { ...BY, person } })],
    ["key", 300, (key) => verdict(checkRenewAsk, { ...renew, key })],
    ["key", 300, (key) => verdict(checkSettleAsk, { ...settle, key })],
  ];
  test.each(texts)("%s of at most %i characters", (name, longest, run) => {
    expect([run(LONG(longest)), run(LONG(longest + 1)), run(""), run("a\u0007b")]).toEqual(["fine", name, name, name]);
  });

  test("a note may be empty, and has at most 500 characters", () => {
    for (const run of [(note: string) => verdict(checkReleaseAsk, { ...release, note }), (note: string) => verdict(checkChargeAsk, { ...charge, note })])
      expect([run(""), run(LONG(500)), run(LONG(501)), run("a\u0000")]).toEqual(["fine", "fine", "note", "note"]);
  });

  test("the fault says how long the text is and how long it may be", () => {
    expect(() => checkText("title", LONG(9), 8)).toThrow("title has 9 characters; from 1 to 8 are allowed");
  });

  test("a key that begins like the ledger's own is refused everywhere, one that merely has that word is not", () => {
    const key = "ledger:expire:x";
    expect([
      verdict(checkHoldAsk, { ...hold, key }),
      verdict(checkReleaseAsk, { ...release, key }),
      verdict(checkChargeAsk, { ...charge, key }),
      verdict(checkAdjustAsk, { ...refund, key }),
      verdict(checkHoldAsk, { ...hold, key: "my-ledger:expire" }),
    ]).toEqual(["key", "key", "key", "key", "fine"]);
    expect(() => checkHoldAsk({ ...hold, key })).toThrow("key begins with ledger:, as the ledger's own keys do");
  });
});

describe("numbers and ids", () => {
  test.each([
    [1, "fine"],
    [2_147_483_647, "fine"],
    [2_147_483_648, "attempt"],
    [0, "attempt"],
    [1.5, "attempt"],
    [Number.NaN, "attempt"],
  ])("attempt %s", (attempt, expected) => {
    expect(verdict(checkSettleAsk, { ...settle, attempt })).toBe(expected);
  });

  test.each([
    [0n, "fine"],
    [2n ** 63n - 1n, "fine"],
    [2n ** 63n, "mends"],
    [-1n, "mends"],
  ])("the transaction that is mended: %s", (mends, expected) => {
    expect(verdict(checkAdjustAsk, { ...refund, mends })).toBe(expected);
  });

  test("a reservation has a UUID", () => {
    expect([verdict(checkReleaseAsk, { ...release, holdId: "7" }), verdict(checkRenewAsk, { ...renew, holdId: "7" })]).toEqual(["holdId", "holdId"]);
    expect(() => checkSettleAsk({ ...settle, attempt: 0 })).toThrow("attempt is not a whole number from 1 to 2147483647");
    expect(() => checkAdjustAsk({ ...refund, mends: -1n })).toThrow("mends is not the number of a transaction");
    expect(() => checkReleaseAsk({ ...release, holdId: "7" })).toThrow("holdId is not the id of a reservation");
  });
});

describe("times are of the years 1970 to 9999", () => {
  const times: readonly [number, boolean][] = [
    [0, true],
    [Date.UTC(9999, 11, 31), true],
    [-1, false],
    [Date.UTC(9999, 11, 31) + 1, false],
    [Number.NaN, false],
  ];
  test.each(times)("%s", (ms, isFine) => {
    const time = instant(ms);
    expect([
      verdict(checkHoldAsk, { ...hold, expiresAt: time }),
      verdict(checkHoldAsk, { ...hold, until: time }),
      verdict(checkReleaseAsk, { ...release, at: time }),
      verdict(checkChargeAsk, { ...charge, at: time }),
      verdict(checkAdjustAsk, { ...refund, at: time }),
      verdict(checkRenewAsk, { ...renew, expiresAt: time }),
      verdict(checkRenewAsk, { ...renew, until: time }),
    ]).toEqual(isFine ? Array.from({ length: 7 }, () => "fine") : ["expiresAt", "until", "at", "at", "at", "expiresAt", "until"]);
  });

  test("the fault says so", () => {
    expect(() => checkReleaseAsk({ ...release, at: instant(-1) })).toThrow("at is not a time of the years 1970 to 9999");
  });
});

describe("JSON that is kept", () => {
  const json: readonly [string, string, unknown][] = [
    ["of the greatest length", LONG(16_384), "fine"],
    ["of one character more", LONG(16_385), "formula"],
    ["with NUL", '"\\u0000"', "formula"],
    ["with another control character", '"\\u001f"', "formula"],
    ["with half of a character", '"\\ud800"', "formula"],
    ["with the other half", '"\\uDFFF"', "formula"],
    ["with a character that is written in full", '"\\u0020"', "fine"],
    ["with a backslash before what is text", '"\\\\u0000"', "fine"],
    ["with a backslash and then NUL", '"\\\\\\u0000"', "formula"],
  ];
  test.each(json)("%s", (_name, text, expected) => {
    expect(verdict(checkFormula, text)).toBe(expected);
  });

  test("is checked in charges and renewals as well, and the fault says what is wrong", () => {
    expect(verdict(checkChargeAsk, { ...charge, detail: { text: LONG(16_384) } })).toBe("detail");
    const term = { label: LONG(16_384) } as unknown as NonNullable<Parameters<typeof checkRenewAsk>[0]["formula"]>[number];
    expect(verdict(checkRenewAsk, { ...renew, formula: [term] })).toBe("formula");
    expect(() => checkFormula(LONG(16_385))).toThrow("formula is longer than 16384 characters");
    expect(() => checkFormula('"\\u0000"')).toThrow("formula has a control character or half of a character");
  });
});
