import { expect, test } from "vitest";
import type { HoldAnswer, HoldAsk, Ledger } from "#budget";
import { parseMicros, type Micros } from "#kernel";
import { watchedLedger } from "./watching.ts";

const micros = (text: string): Micros => parseMicros(text)!;
const ask = (key: string): HoldAsk => ({
  key,
  account: "materials",
  amount: micros("97.13"),
  person: "maria",
  subject: "job:7",
  expiresAt: null,
  formula: [],
  expected: null,
});
const refused: HoldAnswer = { kind: "refused", code: "budget.insufficient", account: "earth-sciences", available: micros("41.2"), asked: micros("97.13") };
const granted: HoldAnswer = { kind: "granted", holdId: "0197", amount: micros("97.13"), replayed: false };

function answering(answers: readonly HoldAnswer[]): Ledger {
  const settled = [{ kind: "settled" }];
  return { holdMany: async () => [...answers], settleMany: async () => settled } as unknown as Ledger;
}

test("each refusal is told in one line with its reason, what was granted in none; all are counted", async () => {
  const lines: object[] = [];
  const { ledger, figures } = watchedLedger(answering([granted, refused]), (facts) => void lines.push(facts));
  expect(await ledger.holdMany([ask("a"), ask("b")])).toEqual([granted, refused]);
  expect(lines).toEqual([
    {
      code: "budget.insufficient",
      by: "earth-sciences",
      available: "41.20",
      asked: "97.13",
      account: "materials",
      person: "maria",
      subject: "job:7",
      key: "b",
    },
  ]);
  expect(await figures[0]!.read()).toEqual([
    { of: "granted", value: 1 },
    { of: "budget.insufficient", value: 1 },
  ]);
});

test("a reservation by an exemption is not counted as an ordinary one", async () => {
  const exempt = { ...granted, exempt: {} } as HoldAnswer;
  const { ledger, figures } = watchedLedger(answering([exempt]), () => undefined);
  await ledger.holdMany([ask("a")]);
  expect(await figures[0]!.read()).toEqual([{ of: "exempt", value: 1 }]);
});
