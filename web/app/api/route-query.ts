import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Route } from "#kernel";
import { call, type CallArgs, type ReplyOf } from "./client.ts";

/** The query of one route with its arguments. The key begins with the route's id, so that live events can name what they make stale. */
export function routeQuery<R extends Route>(route: R, args: CallArgs<R>) {
  return queryOptions({
    queryKey: [route.id, args] as const,
    queryFn: ({ signal }): Promise<ReplyOf<R>> => call(route, args, { signal }),
  });
}

type Paged = Route & { readonly reply: { readonly _zod: { readonly output: { readonly next: string | null } } } };

/** The pages of a route that answers `{ items, next }`. */
export function pagedQuery<R extends Paged>(route: R, args: CallArgs<R>) {
  return infiniteQueryOptions({
    queryKey: [route.id, args] as const,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<ReplyOf<R>> => call(route, withCursor(args, pageParam), { signal }),
    getNextPageParam: (last) => (last as { readonly next: string | null }).next,
  });
}

function withCursor<Args extends object>(args: Args, cursor: string | null): Args {
  if (cursor === null) return args;
  const query = "query" in args ? (args as { query: object }).query : {};
  return { ...args, query: { ...query, cursor } };
}
