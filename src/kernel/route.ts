import type { ProblemCode } from "./problems.ts";

/** What a route needs of a schema; zod's types satisfy it. The kernel itself imports no library. */
export type WireSchema<Output = unknown> = { parse(value: unknown): Output; readonly _zod: { readonly output: Output; readonly input: unknown } };

/** Who may call: anyone, any signed-in person (the use case looks at what is theirs), or the owner and administrators. */
export type RouteAccess = "public" | "person" | "admin";

/**
 * One HTTP operation: the single description that the server, the terminal's client, the dashboard and the OpenAPI document share.
 * `id` is `<room>.<verb>`. `path` has `:name` parameters, all of them in `params`.
 * `params` and `query` arrive as text: use z.coerce or z.stringbool there. A body is JSON of at most 1 MiB.
 */
export type Route = {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: RouteAccess;
  readonly params?: WireSchema;
  readonly query?: WireSchema;
  readonly body?: WireSchema;
  /**
   * The JSON answer: what a handler returns is encoded by it and keys it does not name are dropped, so no z.transform here (a z.codec is fine).
   * For `stream: "events"` the data of one event; for `stream: "text"` z.string(), and it is not checked.
   */
  readonly reply: WireSchema;
  readonly status: 200 | 201 | 202;
  /** Commands that move money or start something need an Idempotency-Key: without one the answer is 400. */
  readonly idempotent?: boolean;
  /**
   * For programs that send no Idempotency-Key: what a request without one is. "same-body" is the same as every other with this body, so it is done once; "new-request" is one of its own each time.
   * Without it the answer is 400.
   */
  readonly keyless?: "same-body" | "new-request";
  /** How its problems are told: "asbb" in the shape that asbb's clients read, else RFC 9457. */
  readonly errors?: "asbb";
  /**
   * Where the answer of a request that comes again is from: the server's table of answers, or ("journal") the handler itself, whose journal has
   * what was done under the key for ever and tells another request from the same. That spares two commits for each request.
   */
  readonly answeredFrom?: "table" | "journal";
  /** An answer that goes on: "text" is text/plain as it comes (a log that is followed), "events" is server-sent events. Only for GET. */
  readonly stream?: "text" | "events";
  /** The problems particular to this route. Those that any route can answer (bad input, no token, internal...) need not be named. */
  readonly problems: readonly ProblemCode[];
};

/** Keeps the literal types of a route while checking its shape. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}

/** A room's routes by a short name, as its `contract.ts` exports them: `export const jobRoutes = { submit: defineRoute({ id: "job.submit", ... }) }`. */
export type Routes = Readonly<Record<string, Route>>;

/** Who is asking. `admin` is true for the owner of the installation and for administrators. */
export type Person = { readonly name: string; readonly admin: boolean };

/** How the caller proved who it is; the id is that of the token or session, or the name of the issuer, never the secret. */
export type Credential =
  | { readonly kind: "token"; readonly id: string }
  | { readonly kind: "session"; readonly id: string }
  | { readonly kind: "jwt"; readonly id: string };

type OutputOf<S> = S extends WireSchema ? S["_zod"]["output"] : undefined;
type FieldOf<R, Key extends "params" | "query" | "body"> = R extends { readonly [K in Key]: infer S } ? OutputOf<S> : undefined;

/** What a handler is given; `params`, `query` and `body` are already parsed by the route's schemas (undefined where it has none). */
export type HandlerRequest<R extends Route> = {
  readonly params: FieldOf<R, "params">;
  readonly query: FieldOf<R, "query">;
  readonly body: FieldOf<R, "body">;
  /** Null on routes of access "public", where nobody is asked who she is. */
  readonly person: R["access"] extends "public" ? null : Person;
  /** The administrator who asks in this person's name (Headgate-Act-As), for journals that say who did it; null as a rule. */
  readonly actor: string | null;
  readonly credential: R["access"] extends "public" ? null : Credential;
  /**
   * On idempotent routes the caller's key, made unique per person (`maria:<key>`, at most 264 characters); else null.
   * The server stores the answer under it, but a crash may come between the work and the storing: then the handler runs again with
   * the same key, so it has to make its own effects unique by it.
   */
  readonly idempotencyKey: R extends { readonly idempotent: true } ? string : null;
  /** On `stream: "events"` the id of the last event that the caller has, when it comes back after a broken connection; else null. */
  readonly lastEventId: string | null;
  readonly requestId: string;
  /** Aborted when the caller has gone away or the server stops; a stream must end on it. */
  readonly signal: AbortSignal;
  /** Where the request came from (the proxy's word when it is a trusted one), for limits and the log. */
  readonly address: string;
  /** The host (and port) by which the caller reached us, already checked to be one of ours. */
  readonly host: string;
  /** Whether the caller speaks TLS, to us or to the trusted proxy. */
  readonly secure: boolean;
  /** Sets a header of the answer, e.g. `etag` or `location`; to be called before the answer is returned. */
  readonly setHeader: (name: string, value: string) => void;
};

/** One server-sent event. `id` lets a caller that lost the connection go on after it; `event` is its name, "message" by default. */
export type StreamEvent<Data> = { readonly id?: string; readonly event?: string; readonly data: Data };

/** What a handler answers: the JSON of `reply`, or for streams an iterable that the server reads only as fast as the caller does. */
export type HandlerReply<R extends Route> = R extends { readonly stream: "text" }
  ? AsyncIterable<string | Uint8Array>
  : R extends { readonly stream: "events" }
    ? AsyncIterable<StreamEvent<OutputOf<R["reply"]>>>
    : OutputOf<R["reply"]>;

export type Handler<R extends Route> = (request: HandlerRequest<R>) => Promise<HandlerReply<R>>;

/**
 * A room's handlers, one for each of its routes and under the same names; a missing or wrong one does not compile.
 * How a room writes its `routes.ts` (thin: no rule stands here, it only turns wire shapes into calls of the service and back):
 *
 *     import type { Handlers } from "#kernel";
 *     import { jobRoutes } from "./contract.ts";
 *
 *     export function jobHandlers(service: JobService): Handlers<typeof jobRoutes> {
 *       return {
 *         submit: async ({ body, person, idempotencyKey }) => toWire(await service.submit(person, body, idempotencyKey)),
 *         log: async ({ params, query, signal }) => service.readLog(params.number, { follow: query.follow, signal }),
 *       };
 *     }
 *
 * A refusal is thrown as a Problem; the server renders it (RFC 9457) with the request id. Anything else thrown is our fault: 500.
 * For `stream: "text"` and "events" the handler looks everything up first and throws its Problem then, and only afterwards returns
 * the iterable (usually of an async generator function): once the first byte is sent, a failure can only cut the connection.
 */
export type Handlers<Table extends Routes> = { readonly [Name in keyof Table]: Handler<Table[Name]> };
