import { z } from "zod";
import { invariant, type Handler, type Handlers, type Route, type Routes, type WireSchema } from "#kernel";

/** A handler whose request and reply types are no longer known to the compiler; its schemas check both at run time. */
export type AnyHandler = (request: Parameters<Handler<Route>>[0]) => Promise<unknown>;

/** One operation ready to be served. */
export type Mounted = { readonly route: Route; readonly handle: AnyHandler };

/** A room's routes with their handlers; here, and only here, their particular types end. */
export function mount<Table extends Routes>(routes: Table, handlers: Handlers<Table>): Mounted[] {
  return Object.entries(routes).map(([name, route]) => {
    checkRoute(route);
    return { route, handle: handlers[name] as unknown as AnyHandler };
  });
}

/** Faults of a route table that its types cannot say; found when the server starts, and by the test that walks all routes. */
export function checkRoute(route: Route): void {
  const names = [...route.path.matchAll(/:([A-Za-z_]+)/g)].map((match) => match[1]);
  invariant(route.path.startsWith("/"), `the path of ${route.id} begins with a slash`);
  invariant(names.length === 0 || route.params !== undefined, `${route.id} has a schema for the parameters of its path`);
  invariant(route.stream === undefined || route.method === "GET", `${route.id} streams, so it is a GET`);
  invariant(route.idempotent !== true || route.method === "POST", `${route.id} takes an idempotency key, so it is a POST`);
  invariant(route.answeredFrom === undefined || route.idempotent === true, `${route.id} says where it is answered from, so it takes an idempotency key`);
  invariant(route.keyless === undefined || route.idempotent === true, `${route.id} takes requests without a key, so it takes an idempotency key`);
  invariant(route.access !== "public" || route.idempotent !== true, `${route.id} takes an idempotency key, so it knows who asks`);
  for (const schema of [route.params, route.query, route.body, route.reply]) if (schema !== undefined) asZod(schema);
}

/** The zod schema behind a route's schema; the kernel's type does not name the library. */
export function asZod(schema: WireSchema): z.ZodType {
  invariant(schema instanceof z.ZodType, "a route's schemas are zod schemas");
  return schema;
}

/** The methods that a path takes, for 405. */
export function methodsOf(routes: readonly Route[], path: string): string[] {
  const segments = path.split("/");
  const fits = (route: Route) => {
    const pattern = route.path.split("/");
    return pattern.length === segments.length && pattern.every((part, index) => part.startsWith(":") || part === segments[index]);
  };
  return [...new Set(routes.filter(fits).map((route) => route.method))];
}

/** Every route of the contracts is served, and once: a room that was forgotten is found out before anybody calls it. */
export function checkComplete(mounted: readonly Mounted[], routes: readonly Route[]): void {
  const served = mounted.map(({ route }) => route.id);
  const missing = routes.filter((route) => !served.includes(route.id)).map((route) => route.id);
  invariant(missing.length === 0, `every route has a handler; without one: ${missing.join(", ")}`);
  invariant(new Set(served).size === served.length, "every route is mounted once");
}
