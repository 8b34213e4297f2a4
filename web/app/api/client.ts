import { newId, systemClock, systemRandomness, type Route, type WireSchema } from "#kernel";
import { readProblem, unreachable } from "./problem.ts";

type InputOf<S> = S extends WireSchema ? S["_zod"]["input"] : undefined;
type Part<R, Key extends "params" | "query" | "body"> = R extends { readonly [K in Key]: infer S } ? { readonly [K in Key]: InputOf<S> } : object;

/** What a call of this route needs: the parts that the route describes, and no others. */
export type CallArgs<R extends Route> = Part<R, "params"> & Part<R, "query"> & Part<R, "body">;
export type ReplyOf<R extends Route> = R["reply"]["_zod"]["output"];

type LooseArgs = { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown };
type CallOptions = {
  readonly signal?: AbortSignal;
  /** For commands: the same key twice is one movement. Without one, each call is a request of its own. */
  readonly idempotencyKey?: string;
};

/** A key for one thing a person does: made when the form opens or the dialog is shown, kept when the request is repeated. */
export function newIdempotencyKey(): string {
  return newId(systemClock, systemRandomness);
}

/** Calls one route of the table and parses its answer. Every failure is a Problem, with the request id among its facts. */
export async function call<R extends Route>(route: R, args: CallArgs<R>, options: CallOptions = {}): Promise<ReplyOf<R>> {
  const response = await send(route, args, options);
  return route.reply.parse(await response.json());
}

/** Reads a route of `stream: "text"` as it comes; ends when the server ends it or the signal does. */
export async function* readText<R extends Route & { readonly stream: "text" }>(
  route: R,
  args: CallArgs<R>,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const response = await send(route, args, { signal });
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value;
}

async function send(route: Route, args: LooseArgs, options: CallOptions): Promise<Response> {
  const headers = new Headers({ accept: route.stream === "text" ? "text/plain" : "application/json" });
  if (args.body !== undefined) headers.set("content-type", "application/json");
  if (route.idempotent === true) headers.set("idempotency-key", options.idempotencyKey ?? newIdempotencyKey());
  const init: RequestInit = { method: route.method, headers, credentials: "same-origin", signal: options.signal ?? null };
  if (args.body !== undefined) init.body = JSON.stringify(args.body);
  const response = await fetch(addressOf(route, args), init).catch((cause: unknown) => {
    throw options.signal?.aborted === true ? cause : unreachable(cause);
  });
  if (!response.ok) throw await readProblem(response);
  return response;
}

/** The address of a call: `:name` parameters filled in, then the query in the order given; undefined fields are left out. */
export function addressOf(route: Route, args: LooseArgs): string {
  const params = (args.params ?? {}) as Record<string, unknown>;
  const path = route.path.replace(/:([a-z_]+)/g, (_whole, name: string) => encodeURIComponent(String(params[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((args.query ?? {}) as Record<string, unknown>)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined && each !== null) query.append(name, String(each));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
