import type { HoldAnswer, HoldAsk, Ledger } from "#budget";
import { microsToDecimal } from "#kernel";
import type { GaugePort } from "#server";

type SayRefusal = (facts: object, words: string) => void;

/**
 * A ledger that counts its answers to reservations for the metrics, and says in one line of the log why each that is refused is refused, through whichever door it came.
 */
export function watchedLedger(ledger: Ledger, say: SayRefusal): { readonly ledger: Ledger; readonly figures: readonly GaugePort[] } {
  const outcomes = new Map<string, number>();
  let settled = 0;
  let seconds = 0;

  function note(ask: HoldAsk, answer: HoldAnswer): void {
    const outcome = answer.kind === "refused" ? answer.code : answer.exempt !== undefined ? "exempt" : "granted";
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (answer.kind !== "refused") return;
    say(
      {
        code: answer.code,
        by: answer.account,
        available: microsToDecimal(answer.available),
        asked: microsToDecimal(answer.asked),
        account: ask.account,
        person: ask.person,
        subject: ask.subject,
        key: ask.key,
      },
      "a reservation was refused",
    );
  }

  async function holdMany(asks: readonly HoldAsk[]): Promise<HoldAnswer[]> {
    const began = performance.now();
    const answers = await ledger.holdMany(asks);
    seconds += (asks.length * (performance.now() - began)) / 1000;
    for (const [index, answer] of answers.entries()) note(asks[index]!, answer);
    return answers;
  }

  return {
    ledger: {
      ...ledger,
      holdMany,
      settleMany: async (asks) => {
        const answers = await ledger.settleMany(asks);
        settled += answers.length;
        return answers;
      },
    },
    figures: [
      {
        name: "headgate_reservations_total",
        help: "Reservations asked for, by what became of them: granted, exempt, or the code of the refusal.",
        counts: true,
        label: "outcome",
        read: async () => [...outcomes].map(([of, value]) => ({ of, value })),
      },
      {
        name: "headgate_reservation_seconds_total",
        help: "Time that asks for reservations waited for their answers, all together.",
        counts: true,
        label: null,
        read: async () => [{ of: "", value: seconds }],
      },
      {
        name: "headgate_settlements_total",
        help: "Charges to reservations that were asked for.",
        counts: true,
        label: null,
        read: async () => [{ of: "", value: settled }],
      },
    ],
  };
}
