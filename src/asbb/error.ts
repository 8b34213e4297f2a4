import { instantToIso, type Instant, type Problem, type ProblemCode } from "#kernel";
import type { AsbbError } from "./contract.ts";

const CODES: Partial<Record<ProblemCode, string>> = {
  "budget.insufficient": "INSUFFICIENT_BUDGET",
  "budget.overrun": "INSUFFICIENT_BUDGET",
  "budget.frozen": "ACCOUNT_INACTIVE",
  "budget.approval-needed": "ACCOUNT_INACTIVE",
  "budget.stopped": "ACCOUNT_INACTIVE",
  "budget.closed": "ACCOUNT_INACTIVE",
  "budget.not-started": "ACCOUNT_INACTIVE",
  "budget.ended": "ACCOUNT_EXPIRED",
  "budget.crosses-end": "ACCOUNT_EXPIRED",
  "budget.account-exists": "DUPLICATE_ACCOUNT",
  "not-yet": "NOT_IMPLEMENTED",
  "budget.outcome-unknown": "TRANSACTION_FAILED",
};

const BY_STATUS: Readonly<Record<number, string>> = {
  400: "VALIDATION_ERROR",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  422: "VALIDATION_ERROR",
  503: "SERVICE_UNAVAILABLE",
};

function codeOf(problem: Problem): string {
  if (problem.code === "budget.insufficient" && /\/partition:/.test(levelOf(problem))) return "PARTITION_LIMIT_EXCEEDED";
  const known = CODES[problem.code] ?? BY_STATUS[problem.status];
  if (known !== undefined) return known;
  if (problem.status < 500) return "VALIDATION_ERROR";
  return problem.code.startsWith("db.") ? "DATABASE_ERROR" : "INTERNAL_ERROR";
}

/** The level that refuses, where a problem says it. */
function levelOf({ facts }: Problem): string {
  const level = facts["account"];
  return typeof level === "string" ? level : "";
}

export function asbbError(problem: Problem, requestId: string, now: Instant): AsbbError {
  const [fault] = problem.faults;
  return {
    error: {
      code: codeOf(problem),
      message: fault === undefined ? (problem.detail === "" ? problem.title : problem.detail) : `${fault.path}: ${fault.message}`,
      details: `${problem.code}: ${problem.fix}`,
      field: fault?.path ?? "",
    },
    request_id: requestId,
    timestamp: instantToIso(now),
  };
}
