import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { Problem } from "#kernel";
import type { Caller } from "./caller.ts";
import { isLoopback, isOurHost } from "./guard.ts";
import * as limits from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { UnderWay } from "./under-way.ts";

/** What the log and the figures say of a request whose caller went away before it was answered (as nginx does). */
const CALLER_GONE = 499;

/** Counts and logs every request once, when it has been answered or its caller has gone; also those that the gates refuse. */
export function addAccounting(http: FastifyInstance, log: Logger, metrics: Metrics, callerOf: (request: FastifyRequest) => Caller | null): void {
  // The line below names its few fields and no header, so it needs no search for secrets, which costs more than all else of it.
  const accounts = log.child({}, { redact: [] });
  http.addHook("onRequest", (request, reply, done) => {
    metrics.requestStarted();
    // The end of the raw answer, because Fastify's own hook is not called when the caller goes away: every stream ends like that.
    reply.raw.once("close", () => account(request, reply));
    reply.header("x-request-id", request.id);
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
    done();
  });

  function account(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.config.routeId ?? (request.is404 ? "unknown" : "dashboard");
    const status = reply.raw.headersSent ? reply.raw.statusCode : CALLER_GONE;
    metrics.requestEnded(route, status, reply.elapsedTime / 1000);
    const quiet = route === "server.health" || route === "server.ready" || route === "server.metrics" || route === "dashboard";
    const caller = callerOf(request);
    const line = {
      request_id: request.id,
      route,
      method: request.method,
      path: request.url.split("?", 1)[0],
      status,
      elapsed_ms: Math.round(reply.elapsedTime * 10) / 10,
      address: request.ip,
      ...(caller === null ? {} : { person: caller.person.name }),
      ...(caller?.actor == null ? {} : { actor: caller.actor }),
    };
    if (quiet && status < 500) accounts.debug(line, "answered");
    else accounts.info(line, "answered");
  }
}

export type GateOptions = {
  /** Whether a bare address is a good Host: when we listen to more than this machine. */
  readonly wide: boolean;
  /** Whether callers from elsewhere have to come through the proxy, because we listen to the network without TLS. */
  readonly proxyOnly: boolean;
};

/** A way up in a path, however it is written. No address of ours has one, and nothing behind is to be asked what it makes of it. */
const UPWARDS = /(?:^|\/|\\|%2f|%5c)(?:\.|%2e){2}(?:\/|\\|%2f|%5c|$)/i;

/** What every request passes, whatever its route: is the server staying, is it asked by one of its names, and through the proxy if it must. */
export function addGates(http: FastifyInstance, options: GateOptions, underWay: UnderWay): void {
  // A connection that was busy when the server began to stop would be kept open for the next request, and hold the stop up.
  http.addHook("onSend", (_request, reply, payload, done) => {
    if (underWay.stopping) reply.header("connection", "close");
    done(null, payload);
  });
  http.addHook("onResponse", (_request, _reply, done) => {
    if (underWay.stopping) setImmediate(() => http.server.closeIdleConnections());
    done();
  });
  http.addHook("onRequest", async (request, reply) => {
    if (underWay.stopping) {
      reply.header("retry-after", 5);
      throw new Problem("server.stopping", { detail: "the server is stopping" });
    }
    if (request.url.includes("%00")) throw new Problem("request.malformed", { detail: "the URL has the character U+0000" });
    const path = request.url.split("?", 1)[0] ?? "";
    if (UPWARDS.test(path)) throw new Problem("route.unknown", { detail: "the path leads upwards (..)" });
    if (!isOurHost(request.host, { secure: request.protocol === "https", addresses: options.wide })) {
      throw new Problem("access.host", { detail: `"${request.host ?? ""}" is not a name of this server`, facts: { host: request.host ?? null } });
    }
    if (options.proxyOnly && !fromHere(request) && request.protocol !== "https") {
      throw new Problem("server.proxy", { detail: "this server speaks to the network only through its proxy, with TLS" });
    }
  });
}

/** Whether the socket's other end is this machine itself (or, under inject, there is none). */
function fromHere(request: FastifyRequest): boolean {
  const { remoteAddress, localAddress } = request.raw.socket;
  return remoteAddress === undefined || isLoopback(remoteAddress) || remoteAddress === localAddress;
}

/** Few codes can be tried in a minute: from one address, and from all together. Throws `access.attempts`. */
export function signInLimiter(http: FastifyInstance): (request: FastifyRequest, setRetryAfter: (seconds: number) => void) => Promise<void> {
  const perAddress = http.createRateLimit({ max: limits.SIGN_IN_PER_ADDRESS_MAX, timeWindow: limits.SIGN_IN_WINDOW_MS });
  const total = http.createRateLimit({ max: limits.SIGN_IN_TOTAL_MAX, timeWindow: limits.SIGN_IN_WINDOW_MS, keyGenerator: () => "everybody" });
  return async (request, setRetryAfter) => {
    for (const limiter of [perAddress, total]) {
      const state = await limiter(request);
      if (state.isAllowed || !state.isExceeded) continue;
      setRetryAfter(state.ttlInSeconds);
      throw new Problem("access.attempts", {
        detail: `too many codes were tried; the next can be in ${state.ttlInSeconds} s`,
        facts: { retry_after_s: state.ttlInSeconds },
      });
    }
  };
}
