import type { HandlerRequest, Person, Route } from "#kernel";
import type { AccountPeople } from "./accounts-service.ts";
import { openBudget } from "./budget-service.ts";
import { budgetRoutes } from "./contract.ts";
import { budgetHandlers } from "./routes.ts";
import type { Bench } from "./test-tree.ts";

export type Call = (
  name: keyof typeof budgetRoutes,
  person: Person,
  input?: { params?: unknown; query?: unknown; body?: unknown; key?: string },
) => Promise<unknown>;

export const owner: Person = { name: "owner", admin: true };

/** Calls a handler as the server would, with what the route's schemas make of the input, and checks the answer against the contract. */
export function caller(bench: Bench, people: AccountPeople = nobody): Call {
  const handlers = budgetHandlers(openBudget({ db: bench.db, clock: bench.clock, source: "http", ledger: bench.ledger, people }));
  return async (name, person, input = {}) => {
    const route: Route = budgetRoutes[name];
    const request = {
      params: route.params?.parse(input.params),
      query: route.query?.parse(input.query ?? {}),
      body: route.body?.parse(input.body),
      person,
      idempotencyKey: input.key ?? null,
      setHeader: () => undefined,
    };
    const handler = handlers[name] as (request: unknown) => Promise<unknown>;
    return route.reply.parse(await handler(request satisfies Partial<Record<keyof HandlerRequest<Route>, unknown>>));
  };
}

/** People as the access room would answer for them where nobody belongs to anything. */
export const nobody: AccountPeople = {
  viewer: (person) => Promise.resolve({ ...person, memberships: [] }),
  membersOf: (accounts) => Promise.resolve(new Map(accounts.map((account) => [account, { managers: [], members: [], pi: null, delegates: [] }]))),
  ensureMember: () => Promise.resolve(true),
};
