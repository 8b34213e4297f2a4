import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Access } from "#access";
import type { Database } from "#db";
import { asbbError } from "#asbb";
import type { Clock } from "#kernel";
import { identify, type Caller } from "./caller.ts";
import { serveDashboard } from "./dashboard.ts";
import { addAccounting, addGates, signInLimiter, type GateOptions } from "./gates.ts";
import { serve, type HandleContext, type RequestFacts } from "./handle.ts";
import { makeHttp, securityHeadersOf, type HttpOptions } from "./http-instance.ts";
import { parseJsonBody } from "./json-body.ts";
import { BURST_SECONDS, HANDLER_MS_MAX, REFUSED_TOKENS, REQUESTS_PER_SECOND } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { Mounted } from "./mount.ts";
import { openBuckets } from "./rate.ts";
import { asProblem, problemDocument, PROBLEM_TYPE } from "./problem-document.ts";
import { trackUnderWay, type UnderWay } from "./under-way.ts";

export type AppOptions = HttpOptions &
  GateOptions & {
    readonly mounted: readonly Mounted[];
    readonly access: Access;
    readonly db: Database;
    readonly clock: Clock;
    readonly metrics: Metrics;
    /** Names this running process: whose idempotency claims are whose. */
    readonly instance: string;
    /** The folder of the built dashboard; null when there is none. */
    readonly webRoot: string | null;
    /** What one credential may ask in a second in the long run; without it REQUESTS_PER_SECOND. */
    readonly requestsPerSecond?: number | null;
    /** For tests: another bound than HANDLER_MS_MAX. */
    readonly handlerMsMax?: number;
  };

export type App = { readonly http: FastifyInstance; readonly underWay: UnderWay };

/** The HTTP application with all routes mounted, ready for `inject` or `listen`. */
export async function buildApp(options: AppOptions): Promise<App> {
  const underWay = trackUnderWay();
  const http = makeHttp(options);
  const facts = new WeakMap<FastifyRequest, { caller: Caller | null; bodyText: string }>();
  const factsOf = (request: FastifyRequest): RequestFacts => facts.get(request) ?? { caller: null, bodyText: "" };
  await http.register(cookie);
  const headers = await securityHeadersOf(options.tls !== null || options.trustedProxies.length > 0);
  http.addHook("onRequest", (_request, reply, done) => {
    for (const [name, value] of headers) reply.raw.setHeader(name, value);
    done();
  });
  await http.register(rateLimit, { global: false });
  readJsonBodies(http, (request, bodyText) => {
    facts.set(request, { ...factsOf(request), bodyText });
  });
  addErrorHandler(http, options.clock);
  addAccounting(http, options.log, options.metrics, (request) => factsOf(request).caller);
  addGates(http, options, underWay);
  const limitSignIn = signInLimiter(http);
  const perSecond = options.requestsPerSecond ?? REQUESTS_PER_SECOND;
  const door = {
    access: options.access,
    callers: openBuckets({ perSecond, burst: perSecond * BURST_SECONDS }, options.clock),
    addresses: openBuckets(REFUSED_TOKENS, options.clock),
    onLimited: options.metrics.requestLimited,
  };
  const context: HandleContext = {
    once: { db: options.db, clock: options.clock, onLost: (words, error) => options.log.warn({ err: error }, words) },
    instance: options.instance,
    underWay,
    handlerMsMax: options.handlerMsMax ?? HANDLER_MS_MAX,
  };
  for (const mounted of options.mounted) {
    const { route } = mounted;
    http.route({
      method: route.method,
      url: route.path,
      config: { routeId: route.id, ...(route.errors === undefined ? {} : { errors: route.errors }) },
      onRequest: async (request, reply) => {
        if (route.id === "session.create") await limitSignIn(request, (seconds) => void reply.header("retry-after", seconds));
        facts.set(request, { caller: await identify(door, route, request), bodyText: "" });
      },
      handler: serve(context, mounted, factsOf),
    });
  }
  await serveDashboard(
    http,
    options.webRoot,
    options.mounted.map((mounted) => mounted.route),
  );
  return { http, underWay };
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The id of the route for logs and figures. */
    readonly routeId?: string;
    /** How its problems are told, where not by RFC 9457. */
    readonly errors?: "asbb";
  }
}

function readJsonBodies(http: FastifyInstance, keep: (request: FastifyRequest, text: string) => void): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
    try {
      keep(request, String(text));
      done(null, parseJsonBody(String(text)));
    } catch (error) {
      done(error as Error);
    }
  });
}

function addErrorHandler(http: FastifyInstance, clock: Clock): void {
  http.setErrorHandler((error, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500) request.log.error({ err: problem.cause ?? problem, code: problem.code }, problem.detail);
    if (problem.code === "access.unauthenticated") reply.header("www-authenticate", 'Bearer realm="headgate"');
    const wait = problem.facts["retry_after_s"];
    if (typeof wait === "number" && !reply.hasHeader("retry-after")) reply.header("retry-after", wait);
    reply.header("cache-control", "no-store");
    if (request.routeOptions.config.errors === "asbb") {
      return reply
        .code(problem.status)
        .type("application/json; charset=utf-8")
        .send(JSON.stringify(asbbError(problem, request.id, clock.now())));
    }
    return reply
      .code(problem.status)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problemDocument(problem, request.id)));
  });
}
