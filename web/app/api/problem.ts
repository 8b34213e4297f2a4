import { isProblemCode, Problem, type Fault } from "#kernel";
import { problemShape } from "#server/contract";

/** RFC 9457 as Headgate's server writes it. Anything may be missing: a proxy between us and the server has its own error pages. */
const WireProblem = problemShape.partial();

/** Turns an answer that is not a success into the Problem it carries. */
export async function readProblem(response: Response): Promise<Problem> {
  const body = WireProblem.safeParse(await response.json().catch(() => ({})));
  const wire = body.success ? body.data : {};
  const facts = { ...wire.facts, status: response.status, request_id: wire.request_id ?? response.headers.get("x-request-id") ?? undefined };
  if (wire.code === undefined || !isProblemCode(wire.code)) {
    return new Problem("internal", { detail: wire.detail ?? `The server answered ${response.status} ${response.statusText}.`, facts });
  }
  // Faults with a code that this page does not know yet are kept out of it; the detail says them too.
  const faults = (wire.faults ?? []).filter((fault): fault is Fault => isProblemCode(fault.code));
  return new Problem(wire.code, { detail: wire.detail ?? wire.title ?? "", facts, faults, ...(wire.fix === undefined ? {} : { fix: wire.fix }) });
}

/** The server did not answer at all. */
export function unreachable(cause: unknown): Problem {
  return new Problem("server.unreachable", {
    detail: "The server does not answer.",
    fix: "Look whether it runs: headgate doctor. The page goes on by itself when it is back.",
    cause,
  });
}

/** The one funnel: whatever was thrown, as a Problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem("internal", { detail: `The page could not go on: ${detail}`, cause: error });
}

/** The status the server answered with; undefined when it did not answer. */
export function answeredStatus(problem: Problem): number | undefined {
  const status = problem.facts["status"];
  return typeof status === "number" ? status : undefined;
}
