import { microsToDecimal, Problem, type Person } from "#kernel";
import type { ChargesContext } from "../charge/service.ts";
import type { AdjustAnswer, AdjustAsk } from "./adjust.ts";

type Wanted<Ask extends AdjustAsk> = Ask extends AdjustAsk ? Omit<Ask, "key" | "by" | "at"> & { readonly at: Ask["at"] | undefined } : never;

/** Refunds and write-offs, as an administrator posts them. */
export function openAdjustments({ ledger, clock, source }: ChargesContext) {
  async function adjust(person: Person, ask: Wanted<AdjustAsk>, key: string): Promise<Extract<AdjustAnswer, { kind: "adjusted" }>> {
    const [answer] = await ledger.adjustMany([{ ...ask, at: ask.at ?? clock.now(), key: `http:${key}`, by: { person: person.name, source } }]);
    if (answer?.kind === "adjusted") return answer;
    if (answer === undefined) throw new Problem("internal", { detail: "the ledger gave no answer" });
    throw new Problem(answer.code, {
      detail:
        answer.code === "budget.refund-exceeds"
          ? `transaction ${ask.mends} has ${microsToDecimal(answer.refundable)} left to refund; ${microsToDecimal(ask.amount)} was asked for`
          : `transaction ${ask.mends} was not mended`,
      facts: { transaction: String(ask.mends), refundable: microsToDecimal(answer.refundable) },
    });
  }

  return { adjust };
}
