import type { ProblemCode } from "./problems.ts";

/** What a route needs of a schema; zod's types satisfy it. The kernel itself imports no library. */
export type WireSchema<Output = unknown> = { parse(value: unknown): Output; readonly _zod: { readonly output: Output; readonly input: unknown } };

/** Who may call: anyone, any signed-in person (the use case looks at what is theirs), or the owner and administrators. */
export type RouteAccess = "public" | "person" | "admin";

/**
 * One HTTP operation: the single description that the server, the terminal's client, the dashboard and the OpenAPI document share.
 * `path` has `:name` parameters, all of them in `params`.
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
  readonly reply: WireSchema;
  readonly status: 200 | 201 | 202;
  /** Commands that move money or start something take an Idempotency-Key. */
  readonly idempotent?: boolean;
  readonly problems: readonly ProblemCode[];
};

/** Keeps the literal types of a route while checking its shape. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}
