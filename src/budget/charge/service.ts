import { Problem, type Clock, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import type { FigureQuality, Ledger } from "../ledger-types.ts";
import type { ChargeAnswer } from "./charge.ts";

export type ChargesContext = { readonly ledger: Ledger; readonly clock: Clock; readonly source: string };

/** Charges without a reservation, as an administrator posts them. */
export function openCharges({ ledger, clock, source }: ChargesContext) {
  async function charge(
    person: Person,
    ask: {
      account: string;
      amount: Micros;
      unit: MoneyUnit;
      subject: string;
      person: string | undefined;
      partition: string | null;
      figure: FigureQuality;
      at: Instant | undefined;
      note: string;
      detail: Readonly<Record<string, unknown>> | null;
    },
    key: string,
  ): Promise<Extract<ChargeAnswer, { kind: "charged" }>> {
    const by = { person: person.name, source };
    const [answer] = await ledger.chargeMany([{ ...ask, key: `http:${key}`, person: ask.person ?? person.name, at: ask.at ?? clock.now(), by }]);
    if (answer?.kind === "charged") return answer;
    throw new Problem(answer?.code ?? "internal", { detail: `nothing was charged to ${ask.account}`, facts: { account: ask.account } });
  }

  return { charge };
}
