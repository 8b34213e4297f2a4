import { invariant } from "./invariant.ts";
import type { Route, WireSchema } from "./route.ts";

/** How a route is called: shared by the terminal's client and the dashboard's. */

type InputOf<S> = S extends WireSchema ? S["_zod"]["input"] : undefined;
type Part<R, Key extends "params" | "query" | "body"> = R extends { readonly [K in Key]: infer S } ? { readonly [K in Key]: InputOf<S> } : object;

/** What a call of this route needs: the parts that the route describes, and no others. */
export type CallArgs<R extends Route> = Part<R, "params"> & Part<R, "query"> & Part<R, "body">;
export type ReplyOf<R extends Route> = R["reply"]["_zod"]["output"];
export type LooseCallArgs = { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown };

/** The address of a call: `:name` parameters filled in, then the query in the order given; undefined and null fields are left out. */
export function addressOf(route: Route, args: LooseCallArgs): string {
  const params = (args.params ?? {}) as Readonly<Record<string, unknown>>;
  const path = route.path.replace(/:([A-Za-z_]+)/g, (_whole, name: string) => encodeURIComponent(text(params[name])));
  const query = Object.entries((args.query ?? {}) as Readonly<Record<string, unknown>>).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value])
      .filter((one) => one !== undefined && one !== null)
      .map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(text(one))}`),
  );
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}

/** What stands in an address is text, a number or a truth value; anything else is a mistake of whoever calls. */
function text(value: unknown): string {
  invariant(
    typeof value === "string" || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean",
    "what stands in an address is one word",
  );
  return String(value);
}
