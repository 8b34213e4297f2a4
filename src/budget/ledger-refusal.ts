import {
  formatMoney,
  instantToIso,
  isProblemCode,
  micros,
  microsToDecimal,
  Problem,
  PROBLEMS,
  type Instant,
  type Micros,
  type MoneyUnit,
  type ProblemCode,
} from "#kernel";

/** What the ledger's functions raise when they refuse (refuse() in SQL); its detail is the problem's code. */
const REFUSED = "HG001";

type Raised = { readonly code: unknown; readonly detail: unknown; readonly hint: unknown };

/** A refusal of the ledger's functions as a Problem; every other error as it is. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const raised = error as Error & Raised;
  if (raised.code !== REFUSED || typeof raised.detail !== "string" || typeof raised.hint !== "string" || !isProblemCode(raised.detail)) return error;
  const { account, available, unit } = JSON.parse(raised.hint) as { account: string; available: string; unit: MoneyUnit | null };
  return refusalProblem(raised.detail, { account, available: micros(BigInt(available)), unit: unit ?? undefined });
}

export type RefusalFacts = {
  readonly account: string;
  readonly available: Micros;
  readonly asked?: Micros;
  readonly date?: Instant | null;
  readonly award?: string | null;
  /** What the amounts are in: dollars when it is not said. */
  readonly unit?: MoneyUnit | undefined;
};

/** Why a commitment was refused, in one sentence with its figures: amounts where money is short, the date where time is. */
export function refusalWords(code: ProblemCode, { account, available, asked, date, award, unit }: RefusalFacts): string {
  const named = award == null ? account : `${account} (award ${award})`;
  const day = date == null ? null : `${instantToIso(date).slice(0, 16).replace("T", " ")} UTC`;
  if (code === "budget.insufficient")
    return `${account} can commit ${formatMoney(available, unit)} now${asked === undefined ? "" : `; ${formatMoney(asked, unit)} was asked for`}`;
  if (code === "budget.stopped") return `${account} takes no new work: an alert stopped it`;
  if (code === "budget.approval-needed") return `${account} takes no new work without approval: an alert asks for it`;
  if (code === "value.range") return `${account} would end before it starts`;
  if (code === "budget.crosses-end" && day !== null) return `${named} ends on ${day}, and what is asked for could go on after that`;
  if (code === "budget.ended" && day !== null) return `${named} ended on ${day}`;
  if (code === "budget.not-started" && day !== null) return `${named} starts on ${day}`;
  return `${PROBLEMS[code].title}: ${account}`;
}

/** The problem a refused commitment is answered with. */
export function refusalProblem(code: ProblemCode, facts: RefusalFacts): Problem {
  return new Problem(code, {
    detail: refusalWords(code, facts),
    facts: {
      account: facts.account,
      available: microsToDecimal(facts.available),
      ...(facts.asked === undefined ? {} : { asked: microsToDecimal(facts.asked) }),
      ...(facts.date == null ? {} : { date: instantToIso(facts.date) }),
    },
  });
}
