import type { Database } from "#db";
import { Problem, type Clock, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import { indirectRate } from "../award/use-indirect.ts";
import type { FigureQuality, Ledger } from "../ledger-types.ts";
import type { ChargeAnswer } from "./charge.ts";

export type ChargesContext = { readonly db: Database; readonly ledger: Ledger; readonly clock: Clock; readonly source: string };

/** Charges without a reservation, as an administrator posts them. */
export function openCharges({ db, ledger, clock, source }: ChargesContext) {
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
      chargeClass?: string | null;
      detail: Readonly<Record<string, unknown>> | null;
    },
    key: string,
  ): Promise<Extract<ChargeAnswer, { kind: "charged" }>> {
    const by = { person: person.name, source };
    const [at, full] = [ask.at ?? clock.now(), `http:${key}`];
    if (ask.chargeClass != null) await indirectRate({ db }, { account: ask.account, class: ask.chargeClass, at, key: full });
    const detail = ask.chargeClass == null ? ask.detail : { ...ask.detail, class: ask.chargeClass };
    const [answer] = await ledger.chargeMany([{ ...ask, detail, key: full, person: ask.person ?? person.name, at, by }]);
    if (answer?.kind === "charged") return answer;
    throw new Problem(answer?.code ?? "internal", { detail: `nothing was charged to ${ask.account}`, facts: { account: ask.account } });
  }

  return { charge };
}
