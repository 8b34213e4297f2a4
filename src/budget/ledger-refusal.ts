import { formatMoney, isProblemCode, micros, microsToDecimal, Problem, PROBLEMS, type Micros, type ProblemCode } from "#kernel";

/** What the ledger's functions raise when they refuse (refuse() in SQL); its detail is the problem's code. */
const REFUSED = "HG001";

type Raised = { readonly code: unknown; readonly detail: unknown; readonly hint: unknown };

/** A refusal of the ledger's functions as a Problem; every other error as it is. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const raised = error as Error & Raised;
  if (raised.code !== REFUSED || typeof raised.detail !== "string" || typeof raised.hint !== "string" || !isProblemCode(raised.detail)) return error;
  const { account, available } = JSON.parse(raised.hint) as { account: string; available: string };
  return refusalProblem(raised.detail, { account, available: micros(BigInt(available)) });
}

/** The problem a refused commitment is answered with. */
export function refusalProblem(code: ProblemCode, facts: { readonly account: string; readonly available: Micros; readonly asked?: Micros }): Problem {
  const asked = facts.asked === undefined ? "" : `; ${formatMoney(facts.asked)} was asked for`;
  return new Problem(code, {
    detail:
      code === "budget.insufficient" ? `${facts.account} can commit ${formatMoney(facts.available)} now${asked}` : `${PROBLEMS[code].title}: ${facts.account}`,
    facts: {
      account: facts.account,
      available: microsToDecimal(facts.available),
      ...(facts.asked === undefined ? {} : { asked: microsToDecimal(facts.asked) }),
    },
  });
}
