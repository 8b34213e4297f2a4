import { Problem, type Person } from "#kernel";
import type { Database } from "#db";
import type { ChargesContext } from "../charge/service.ts";
import { refusalProblem } from "../ledger-refusal.ts";
import { getHold } from "../movement-store.ts";
import type { RenewAnswer, RenewAsk } from "./renew.ts";

/** Changes of reservations that stand, as an administrator asks for them. */
export function openRenewals({ db, ledger, clock, source }: ChargesContext & { readonly db: Database }) {
  async function renewHold(person: Person, ask: Omit<RenewAsk, "key" | "by" | "at">, key: string): Promise<Extract<RenewAnswer, { kind: "renewed" }>> {
    const [answer] = await ledger.renewMany([{ ...ask, at: clock.now(), key: `http:${key}`, by: { person: person.name, source } }]);
    if (answer?.kind === "renewed") return answer;
    if (answer === undefined) throw new Problem("internal", { detail: "the ledger gave no answer" });
    if (answer.account !== "") throw refusalProblem(answer.code, { ...answer, unit: (await getHold(db, ask.holdId))?.unit });
    throw new Problem(answer.code, { detail: `reservation ${ask.holdId} was not changed`, facts: { hold: ask.holdId } });
  }

  return { renewHold };
}
