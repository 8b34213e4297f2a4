import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { sessionCookie } from "#access";
import { Problem, type Route, type StreamEvent } from "#kernel";
import type { StoredAnswer } from "./answer-store.ts";
import type { Caller } from "./caller.ts";
import { fingerprint, once, readKey, type OnceContext } from "./idempotency.ts";
import { parseInput } from "./input.ts";
import { asZod, type AnyHandler, type Mounted } from "./mount.ts";
import { asProblem, problemDocument, PROBLEM_TYPE } from "./problem-document.ts";
import { eventStream, textStream } from "./stream.ts";
import type { UnderWay } from "./under-way.ts";

export type HandleContext = {
  /** How long a caller waits for an answer at most. */
  readonly handlerMsMax: number;
  readonly once: OnceContext;
  readonly instance: string;
  readonly underWay: UnderWay;
};

/** What the hooks before a handler found out about a request. */
export type RequestFacts = { readonly caller: Caller | null; readonly bodyText: string };

const JSON_TYPE = "application/json; charset=utf-8";

/** Serves one mounted route: checks what comes, calls the handler, checks and sends what it answers. */
export function serve(context: HandleContext, mounted: Mounted, factsOf: (request: FastifyRequest) => RequestFacts) {
  const { route, handle } = mounted;
  const encode = encoder(route);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { caller, bodyText } = factsOf(request);
    if (caller?.newSecret != null) reply.header("set-cookie", sessionCookie(request.host, request.protocol === "https", caller.newSecret));
    const input = parseInput(route, { params: request.params, query: request.query, body: request.body });
    const call = prepare(context, { route, handle, input, request, reply, caller });
    if (route.stream !== undefined) return sendStream(route, encode, await inTime(context, call.run(null)), reply);
    if (route.idempotent !== true || caller === null) {
      const body = encode(await inTime(context, call.run(null)));
      return reply.code(route.status).type(JSON_TYPE).send(body);
    }
    const key = keyOf(route, request, bodyText);
    if (route.answeredFrom === "journal") {
      const body = encode(await inTime(context, call.run(`${caller.person.name}:${key}`)));
      return reply.code(route.status).type(JSON_TYPE).send(body);
    }
    const claim = { person: caller.person.name, key, route: route.id, fingerprint: fingerprint(route.id, request.url, bodyText), instance: context.instance };
    const work = () => answerOf(route, encode, request.id, () => call.run(`${caller.person.name}:${key}`), call.headers);
    const { answer, replayed } = await inTime(context, once(context.once, claim, work));
    if (replayed) reply.header("idempotency-replayed", "true");
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  };
}

/** The caller's key, or what stands for one where the route takes requests without. */
function keyOf(route: Route, request: FastifyRequest, bodyText: string): string {
  const header = request.headers["idempotency-key"];
  if (header !== undefined || route.keyless === undefined) return readKey(header);
  if (route.keyless === "new-request") return `request:${randomUUID()}`;
  return `body:${Buffer.from(fingerprint(route.id, request.url, bodyText)).toString("hex")}`;
}

type Encode = (value: unknown) => string;

/** A reply that does not fit its own schema is our fault, never the caller's: the cause goes to the log, the caller gets 500. */
function encoder(route: Route): Encode {
  const schema = asZod(route.reply);
  return (value) => {
    const result = z.safeEncode(schema, value);
    if (result.success) return JSON.stringify(result.data);
    throw new Problem("internal", { detail: "the answer was not of the form that was promised", cause: result.error });
  };
}

type Call = {
  readonly route: Route;
  readonly handle: AnyHandler;
  readonly input: ReturnType<typeof parseInput>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller | null;
};

/** A handler with its request put together; `headers` collects what it sets, so that it can be stored with the answer. */
function prepare(context: HandleContext, call: Call): { readonly headers: Record<string, string>; run(idempotencyKey: string | null): Promise<unknown> } {
  const { route, handle, input, request, reply, caller } = call;
  const headers: Record<string, string> = {};
  async function run(idempotencyKey: string | null): Promise<unknown> {
    const { controller, done } = context.underWay.begin(route.stream === undefined ? "work" : "stream");
    reply.raw.once("close", () => {
      if (!reply.raw.writableFinished) controller.abort(new Problem("interrupted", { detail: "the caller has gone away" }));
      done();
    });
    // The types of a handler's request follow from its route; here any route can stand, so the parts are put together untyped.
    const parts = {
      ...input,
      person: caller?.person ?? null,
      actor: caller?.actor ?? null,
      credential: caller?.credential ?? null,
      idempotencyKey,
      lastEventId: route.stream === "events" ? lastEventIdOf(request) : null,
      requestId: request.id,
      signal: controller.signal,
      address: request.ip,
      host: request.host,
      secure: request.protocol === "https",
      setHeader: (name: string, value: string) => {
        headers[name.toLowerCase()] = value;
        reply.header(name, value);
      },
    } as unknown as Parameters<AnyHandler>[0];
    return handle(parts);
  }
  return { headers, run };
}

function lastEventIdOf(request: FastifyRequest): string | null {
  const header = request.headers["last-event-id"];
  return typeof header === "string" && header !== "" && header.length <= 200 ? header : null;
}

/** What is stored under an idempotency key: the answer, or the refusal that the same request would meet again. */
async function answerOf(
  route: Route,
  encode: Encode,
  requestId: string,
  run: () => Promise<unknown>,
  headers: Readonly<Record<string, string>>,
): Promise<StoredAnswer> {
  try {
    const body = encode(await run());
    return { status: route.status, headers: { ...headers, "content-type": JSON_TYPE }, body };
  } catch (error) {
    const problem = asProblem(error);
    if (problem.status >= 500 || problem.status === 429 || problem.status === 499) throw error;
    return { status: problem.status, headers: { "content-type": PROBLEM_TYPE }, body: JSON.stringify(problemDocument(problem, requestId)) };
  }
}

/** Waits for the work, but not for ever. The work goes on (it may move money); a caller with an idempotency key can come back for it. */
async function inTime<T>(context: HandleContext, work: Promise<T>): Promise<T> {
  context.underWay.track(work);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Problem("timeout", { detail: `no answer within ${context.handlerMsMax / 1000} s; the work goes on` })),
      context.handlerMsMax,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function sendStream(route: Route, encode: Encode, answer: unknown, reply: FastifyReply): FastifyReply {
  reply.code(route.status).header("cache-control", "no-store").header("x-accel-buffering", "no");
  if (route.stream === "events") return reply.type("text/event-stream; charset=utf-8").send(eventStream(answer as AsyncIterable<StreamEvent<unknown>>, encode));
  if (!reply.hasHeader("content-type")) reply.type("text/plain; charset=utf-8");
  return reply.send(textStream(answer as AsyncIterable<string | Uint8Array>));
}
