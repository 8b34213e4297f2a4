import helmet from "@fastify/helmet";
import type { Server } from "node:http";
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyServerOptions } from "fastify";
import type { Logger } from "pino";
import * as limits from "./limits.ts";
import { requestIdOf } from "./log.ts";
import { asProblem, clientProblem, problemDocument, PROBLEM_TYPE, rawProblemResponse } from "./problem-document.ts";

export type HttpOptions = {
  readonly log: Logger;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Addresses or networks (CIDR) of proxies whose X-Forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
};

/** Fastify with our bounds, ids and problems; no route yet. */
export function makeHttp(options: HttpOptions): FastifyInstance {
  const node = { maxHeaderSize: limits.HEADER_BYTES_MAX, headersTimeout: limits.HEADERS_MS_MAX, connectionsCheckingInterval: limits.SLOW_CHECK_MS };
  const settings: FastifyServerOptions<Server> = {
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    genReqId: (request) => requestIdOf(request.headers["x-request-id"]),
    requestIdHeader: false,
    bodyLimit: limits.BODY_BYTES_MAX,
    requestTimeout: limits.REQUEST_MS_MAX,
    keepAliveTimeout: limits.KEEP_ALIVE_MS,
    // Our own hook answers with a problem instead.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    routerOptions: { maxParamLength: limits.PARAM_CHARS_MAX },
    frameworkErrors: (error, request, reply) => {
      const problem = asProblem(error);
      // The reply's generics follow from this very option; as a plain one it takes any status and text.
      const plain = reply as unknown as FastifyReply;
      void plain
        .code(problem.status)
        .type(PROBLEM_TYPE)
        .send(JSON.stringify(problemDocument(problem, request.id)));
    },
    clientErrorHandler: (error, socket) => {
      const problem = clientProblem(error.code);
      if (problem === null || !socket.writable) socket.destroy();
      else socket.end(rawProblemResponse(problem, requestIdOf(undefined)));
    },
  };
  if (options.tls === null) return withConnectionBound(fastify({ ...settings, http: node }));
  // The types of an http and an https instance differ in the raw server only, which nobody uses as such.
  const secure = { ...settings, https: { ...node, cert: options.tls.cert, key: options.tls.key, minVersion: "TLSv1.2" } } as FastifyServerOptions<Server>;
  return withConnectionBound(fastify(secure));
}

function withConnectionBound(http: FastifyInstance): FastifyInstance {
  http.server.maxConnections = limits.CONNECTIONS_MAX;
  return http;
}

/** The security headers, worked out once and not for each request: name and value of what helmet sets. */
export async function securityHeadersOf(secure: boolean): Promise<readonly (readonly [name: string, value: string])[]> {
  const probe = fastify();
  await probe.register(helmet, securityHeaders(secure));
  probe.get("/", async () => "");
  const answer = await probe.inject("/");
  await probe.close();
  const own = new Set(["content-type", "content-length", "date", "connection", "keep-alive", "transfer-encoding"]);
  return Object.entries(answer.headers).flatMap(([name, value]) => (own.has(name) ? [] : [[name, String(value)] as const]));
}

/**
 * No inline script anywhere, nothing from elsewhere, no framing. Styles may be inline: the dashboard's components set widths and colours
 * in style attributes. HSTS only where TLS is spoken: on http://127.0.0.1 it would lock people out of other programs there.
 */
function securityHeaders(secure: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    crossOriginResourcePolicy: { policy: "same-origin" as const },
    referrerPolicy: { policy: "no-referrer" as const },
    xFrameOptions: { action: "deny" as const },
  };
}
