import { STATUS_CODES } from "node:http";
import { Problem, problemType, type ProblemCode } from "#kernel";
import type { ProblemOnWire } from "./contract.ts";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** A problem in its wire form. */
export function problemDocument(problem: Problem, requestId: string): ProblemOnWire {
  return {
    type: problemType(problem.code),
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    fix: problem.fix,
    code: problem.code,
    request_id: requestId,
    faults: problem.faults.map((fault) => ({ ...fault })),
    facts: { ...problem.facts },
  };
}

/** Errors of Fastify that a caller can bring about, by their code. Everything else that is not a Problem is our own fault. */
const FASTIFY_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "input.too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "request.media-type",
  // Fastify knows a method QUERY, which we take nowhere.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: "request.media-type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "request.malformed",
  FST_ERR_BAD_URL: "request.malformed",
  FST_ERR_MAX_PARAM_LENGTH: "route.unknown",
};

/** Words for them that do not lead with the framework's own. */
const DETAILS: Partial<Record<ProblemCode, string>> = {
  "input.too-large": "the body has more than 1 MiB",
  "request.media-type": "the body is not application/json",
  "request.malformed": "the request's URL or length is not valid",
  "route.unknown": "a part of the path is too long",
};

/** The problem that an error is. What is not ours to explain becomes `internal`; its words stay in the log. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const known = FASTIFY_CODES[code];
  if (known !== undefined) return new Problem(known, { detail: DETAILS[known] ?? "the request is not valid", cause: error });
  return new Problem("internal", { detail: "the request met a fault in Headgate", cause: error });
}

/** A whole HTTP response as text, for what Node refuses before there is a request (see `clientErrorHandler`). */
export function rawProblemResponse(problem: Problem, requestId: string): string {
  const body = JSON.stringify(problemDocument(problem, requestId));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Error"}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** What Node's HTTP parser says, as a problem; null when the connection just broke and nobody listens. */
export function clientProblem(code: string): Problem | null {
  switch (code) {
    case "ECONNRESET":
    case "EPIPE":
      return null;
    case "HPE_HEADER_OVERFLOW":
      return new Problem("request.headers-too-large", { detail: "the headers have more than 16 KiB" });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Problem("request.timeout", { detail: "the request did not come whole in time" });
    default:
      return new Problem("request.malformed", { detail: "this is not a valid HTTP request" });
  }
}
