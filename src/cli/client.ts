import { setTimeout as pause } from "node:timers/promises";
import { addressOf, isProblemCode, Problem, type CallArgs, type Fault, type LooseCallArgs, type ProblemCode, type ReplyOf, type Route } from "#kernel";
import { problemShape } from "#server/contract";
import type { Endpoint } from "./endpoint.ts";

/** A server that has the database in its hands answers in milliseconds; half a minute without an answer is a fault. */
const ANSWER_MS_MAX = 30_000;
const ATTEMPTS_MAX = 4;
const PAUSE_MS_FIRST = 200;
const PAUSE_MS_MAX = 5000;

/** Answers after which the same request may simply be sent again. */
const PASSING = new Set<ProblemCode>([
  "overloaded",
  "db.busy",
  "db.contention",
  "server.stopping",
  "idempotency.running",
  "db.outcome-unknown",
  "budget.outcome-unknown",
]);

export type ClientOptions = {
  readonly endpoint: Endpoint;
  readonly person: string | null;
  /** One for the whole command: it stays the same when a request is repeated, so that what was done once is not done twice. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly agent: string;
  readonly detail?: (text: string) => void;
};

type Event<R extends Route> = { readonly id: string | null; readonly event: string; readonly data: ReplyOf<R> };

export type Client = {
  /** Calls one route and parses its answer. Every failure is a Problem. `part` tells several movements of one command apart. */
  call<R extends Route>(route: R, args: CallArgs<R>, part?: string): Promise<ReplyOf<R>>;
  /** Reads a route of `stream: "text"` as it comes. */
  text<R extends Route & { readonly stream: "text" }>(route: R, args: CallArgs<R>, stop?: AbortSignal): AsyncGenerator<string, void, undefined>;
  /** Reads a route of `stream: "events"`; ends when the server ends it or `stop` does. */
  events<R extends Route & { readonly stream: "events" }>(route: R, args: CallArgs<R>, stop?: AbortSignal): AsyncGenerator<Event<R>, void, undefined>;
};

export function openClient(options: ClientOptions): Client {
  const { endpoint, signal, detail = () => undefined } = options;

  function request(route: Route, args: LooseCallArgs, part: string, stop: AbortSignal): { url: string; init: RequestInit } {
    const accept = route.stream === undefined ? "application/json" : route.stream === "text" ? "text/plain" : "text/event-stream";
    const headers: Record<string, string> = { accept, "user-agent": options.agent };
    if (endpoint.token !== null) headers["authorization"] = `Bearer ${endpoint.token}`;
    if (options.person !== null) headers["headgate-act-as"] = options.person;
    if (route.idempotent === true) headers["idempotency-key"] = part === "" ? options.idempotencyKey : `${options.idempotencyKey}:${part}`;
    const init: RequestInit = { method: route.method, headers, signal: stop, redirect: "error" };
    if (args.body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(args.body);
    }
    return { url: `${endpoint.url}${addressOf(route, args)}`, init };
  }

  async function once(route: Route, args: LooseCallArgs, part: string, stop: AbortSignal): Promise<Response> {
    const { url, init } = request(route, args, part, stop);
    const begun = performance.now();
    const response = await fetch(url, init).catch((cause: unknown) => {
      throw noAnswer(cause, endpoint, signal);
    });
    detail(`${route.method} ${url} ${response.status} in ${Math.round(performance.now() - begun)} ms`);
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  /** Sends, and sends again after a passing trouble where that cannot do anything twice. */
  async function send(route: Route, args: LooseCallArgs, part: string, stop: () => AbortSignal): Promise<Response> {
    const repeatable = route.method === "GET" || route.idempotent === true;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(route, args, part, stop());
      } catch (error) {
        if (!(error instanceof Problem) || !repeatable || attempt >= ATTEMPTS_MAX || !isPassing(error)) throw error;
        const pauseMs = pauseOf(error, attempt);
        detail(`${error.code}: again in ${pauseMs} ms`);
        await pause(pauseMs, undefined, { signal }).catch(() => {
          throw interrupted();
        });
      }
    }
  }

  async function* pieces(route: Route, args: LooseCallArgs, stop: AbortSignal | undefined): AsyncGenerator<string, void, undefined> {
    const until = stop === undefined ? signal : AbortSignal.any([signal, stop]);
    const decoder = new TextDecoder();
    try {
      const response = await send(route, args, "", () => until);
      for await (const chunk of response.body ?? []) yield decoder.decode(chunk as Uint8Array, { stream: true });
    } catch (cause) {
      // Who stopped it knows; there is nothing to report.
      if (!until.aborted) throw cause instanceof Problem ? cause : noAnswer(cause, endpoint, signal);
    }
  }

  return {
    call: async (route, args, part = "") => {
      const response = await send(route, args, part, () => AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]));
      return await answerOf(route, response);
    },
    text: (route, args, stop) => pieces(route, args, stop),
    events: async function* (route, args, stop) {
      for await (const event of parseEvents(pieces(route, args, stop))) yield { ...event, data: check(route, event.data) };
    },
  };
}

async function answerOf<R extends Route>(route: R, response: Response): Promise<ReplyOf<R>> {
  const body = await response.json().catch((cause: unknown) => {
    throw new Problem("server.answer", { detail: `${response.url} answered ${response.status} without JSON`, cause });
  });
  return check(route, body);
}

function check<R extends Route>(route: R, value: unknown): ReplyOf<R> {
  try {
    return route.reply.parse(value);
  } catch (cause) {
    throw new Problem("server.answer", { detail: `the answer of ${route.id} is not of the shape this version knows`, cause });
  }
}

function isPassing(problem: Problem): boolean {
  return PASSING.has(problem.code) || problem.code === "server.unreachable";
}

function pauseOf(problem: Problem, attempt: number): number {
  const asked = problem.facts["retry_after_s"];
  const wanted = typeof asked === "number" ? asked * 1000 : PAUSE_MS_FIRST * 2 ** (attempt - 1);
  return Math.min(wanted, PAUSE_MS_MAX);
}

/** The problem that an answer carries; a proxy's page or another program's becomes `server.answer`. */
async function problemOf(response: Response): Promise<Problem> {
  const wire = problemShape.safeParse(await response.json().catch(() => undefined));
  if (!wire.success || !isProblemCode(wire.data.code)) {
    return new Problem("server.answer", { detail: `${response.url} answered ${response.status} ${response.statusText}`, facts: { status: response.status } });
  }
  const { code, detail, fix, facts, faults, request_id } = wire.data;
  const retryAfter = Number(response.headers.get("retry-after") ?? NaN);
  return new Problem(code, {
    detail,
    fix,
    // The same code means the same to both; a fault with a code of a newer server is still shown.
    faults: faults as readonly Fault[],
    facts: { ...facts, request_id, ...(Number.isFinite(retryAfter) ? { retry_after_s: retryAfter } : {}) },
  });
}

function interrupted(): Problem {
  return new Problem("interrupted", { detail: "stopped before the server had answered", fix: "What was sent may have been done: headgate job list shows it." });
}

/** The connection failed before there was an answer. */
function noAnswer(cause: unknown, endpoint: Endpoint, signal: AbortSignal): Problem {
  if (signal.aborted) return interrupted();
  if (cause instanceof DOMException && cause.name === "TimeoutError") {
    return new Problem("timeout", { detail: `${endpoint.url} did not answer within ${ANSWER_MS_MAX / 1000} s`, cause });
  }
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (inner as NodeJS.ErrnoException | undefined)?.code ?? "";
  const words = inner instanceof Error && inner.message !== "" ? inner.message : code;
  if (code === "ECONNREFUSED" && endpoint.local)
    return new Problem("server.not-running", { detail: `nothing answers at ${endpoint.url}${endpoint.about}`, cause });
  return new Problem(code === "ECONNREFUSED" ? "server.not-running" : "server.unreachable", { detail: `${endpoint.url}: ${words}`, cause });
}

type RawEvent = { id: string | null; event: string; data: unknown };

/** Server-sent events (WHATWG HTML, 9.2) out of pieces of text that may break anywhere. */
export async function* parseEvents(chunks: AsyncIterable<string>): AsyncGenerator<RawEvent, void, undefined> {
  let rest = "";
  for await (const chunk of chunks) {
    const blocks = (rest + chunk).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = block
        .split("\n")
        .map((line) => /^(id|event|data): ?(.*)$/.exec(line))
        .filter((field) => field !== null);
      const value = (name: string) => fields.filter((field) => field[1] === name).map((field) => field[2]!);
      const data = value("data").join("\n");
      if (data !== "") yield { id: value("id").at(-1) ?? null, event: value("event").at(-1) ?? "message", data: parseJson(data) };
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem("server.answer", { detail: "an event of the server is not JSON", cause });
  }
}
