import { accessRoutes } from "#access/contract";
import { appRoutes } from "#app/contract";
import { budgetRoutes } from "#budget/contract";
import { forecastRoutes } from "#forecast/contract";
import { jobRoutes, machineRoutes } from "#job/contract";
import { Problem, problemType, type Route } from "#kernel";
import { serverRoutes } from "#server/contract";
import { ZodError } from "zod";
import { accessHandlers, COOKIE } from "./handlers-access.ts";
import { appHandlers } from "./handlers-app.ts";
import { budgetHandlers } from "./handlers-budget.ts";
import { forecastHandlers } from "./handlers-forecast.ts";
import { jobHandlers } from "./handlers-job.ts";
import { machineHandlers } from "./handlers-machine.ts";
import { changes, logText } from "./streams.ts";
import type { World } from "./world.ts";

/** What every handler of the mock is given; the typed tables in the handlers' files narrow it. */
type LooseRequest = Record<string, unknown>;
type LooseHandler = (request: LooseRequest) => Promise<unknown>;
type Mounted = { readonly route: Route; readonly pattern: RegExp; readonly handler: LooseHandler };

/** The mock of the whole API: the dashboard's routes, parsed and checked by the same contracts as the server's. */
export function makeMockApi(world: World): (request: Request) => Promise<Response> {
  const tables: readonly (readonly [Record<string, Route>, object])[] = [
    [accessRoutes, accessHandlers(world)],
    [appRoutes, appHandlers()],
    [budgetRoutes, budgetHandlers(world)],
    [forecastRoutes, forecastHandlers(world)],
    [jobRoutes, jobHandlers(world)],
    [machineRoutes, machineHandlers(world)],
  ];
  const mounted = tables.flatMap(([routes, handlers]) => Object.entries(handlers).flatMap(([name, handler]) => mount(routes[name], handler as LooseHandler)));
  return async (request) => {
    const url = new URL(request.url);
    try {
      return (await stream(world, request, url)) ?? (await answer(world, mounted, request, url));
    } catch (error) {
      return problemResponse(error);
    }
  };
}

function mount(route: Route | undefined, handler: LooseHandler): Mounted[] {
  if (route === undefined) return [];
  return [{ route, pattern: patternOf(route), handler }];
}

function patternOf(route: Route): RegExp {
  return new RegExp(`^${route.path.replace(/:([a-z_]+)/g, "(?<$1>[^/]+)")}$`);
}

function personOf(world: World, request: Request): { readonly name: string; readonly admin: boolean } {
  const secret = new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.get("cookie") ?? "")?.[1];
  const name = secret === undefined ? undefined : world.sessions.get(secret);
  if (name === undefined) throw new Problem("access.unauthenticated", { detail: "Nobody is signed in." });
  return { name, admin: world.people.some((person) => person.name === name && person.admin) };
}

async function answer(world: World, mounted: readonly Mounted[], request: Request, url: URL): Promise<Response> {
  const found = mounted.find((each) => each.route.method === request.method && each.pattern.test(url.pathname));
  if (found === undefined) throw new Problem("route.unknown", { detail: `${request.method} ${url.pathname} is not an address of this mock.` });
  const { route, pattern, handler } = found;
  if (route.idempotent === true && request.headers.get("idempotency-key") === null)
    throw new Problem("idempotency.missing", { detail: "The request has no Idempotency-Key." });
  const headers = new Headers({ "content-type": "application/json" });
  const reply = await handler({
    params: route.params?.parse(pattern.exec(url.pathname)?.groups ?? {}),
    query: route.query?.parse(Object.fromEntries(url.searchParams)),
    body: route.body?.parse(route.body === undefined ? undefined : await request.json()),
    person: route.access === "public" ? null : personOf(world, request),
    setHeader: (name: string, value: string) => headers.set(name, value),
  });
  return new Response(JSON.stringify(route.reply.parse(reply)), { status: route.status, headers });
}

async function stream(world: World, request: Request, url: URL): Promise<Response | null> {
  if (request.method !== "GET") return null;
  if (url.pathname === serverRoutes.events.path) {
    personOf(world, request);
    return new Response(changes(world, request.signal), { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
  }
  const log = patternOf(jobRoutes.log).exec(url.pathname);
  if (log === null) return null;
  const person = personOf(world, request);
  const query = jobRoutes.log.query.parse(Object.fromEntries(url.searchParams));
  return new Response(logText(world, log.groups?.["job"] ?? "", person.name, query.follow, request.signal), {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function problemResponse(error: unknown): Response {
  const problem =
    error instanceof Problem
      ? error
      : new Problem(error instanceof ZodError ? "input.invalid" : "internal", { detail: error instanceof Error ? error.message : String(error) });
  const body = {
    type: problemType(problem.code),
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    fix: problem.fix,
    code: problem.code,
    request_id: crypto.randomUUID(),
    faults: problem.faults,
    facts: problem.facts,
  };
  return new Response(JSON.stringify(body), { status: problem.status, headers: { "content-type": "application/problem+json" } });
}
