import { alertHandlers, openAlerts } from "#alert";
import { alertRoutes } from "#alert/contract";
import { budgetHandlers, openAccounts, openBudget, openLedger, type Ledger } from "#budget";
import { budgetRoutes } from "#budget/contract";
import type { OpenDatabase } from "#db";
import { addMs, instant, manualClock, milliseconds, Problem, type Person, type Route } from "#kernel";
import { anybody } from "../beds/people.ts";

export const START = instant(Date.UTC(2026, 10, 21, 12));
export const BEFORE_START = addMs(START, milliseconds(-1));

const ROUTES = { ...budgetRoutes, ...alertRoutes };

/** A request as it comes over the wire; `expire` is what the upkeep asks for. */
export type Request = {
  readonly route: keyof typeof ROUTES | "expire";
  readonly key: string;
  readonly params?: unknown;
  readonly body?: unknown;
  /** How SQL's LIKE finds the transactions that it brings under other keys than its own. */
  readonly beside?: string;
  /** An account of which only this request makes an alert ring. */
  readonly alertsOf?: string;
};

/** What a caller is told: an answer, or the code of a Problem. `gone`: nothing at all, because whoever was asked died. */
export type Outcome = { readonly answer: unknown; readonly code: string | null };

/** One way to the ledger, as a server process has it: its doors, and the connections below them. */
export type Side = { readonly db: OpenDatabase; readonly ledger: Ledger; readonly perform: (request: Request) => Promise<unknown> };

/** The owner asks for everything, so that no answer hangs on people. */
const OWNER: Person = { name: "owner", admin: true };

export function sideOf(db: OpenDatabase, now = START): Side {
  const clock = manualClock(now);
  const ledger = openLedger(db, clock, { pause: () => Promise.resolve() });
  const accounts = openAccounts({ db, clock, source: "test" });
  const handlers = {
    ...budgetHandlers(openBudget({ db, clock, source: "test", ledger, people: anybody })),
    ...alertHandlers(openAlerts({ db, clock, source: "test", accounts, viewer: anybody.viewer, channels: { has: () => true } })),
  };
  const perform = async (request: Request): Promise<unknown> => {
    if (request.route === "expire") return { expired: await ledger.expireHolds() };
    const route: Route = ROUTES[request.route];
    const handler = handlers[request.route] as (asked: unknown) => Promise<unknown>;
    const answer = await handler({
      params: route.params?.parse(request.params),
      query: undefined,
      body: route.body?.parse(request.body),
      person: OWNER,
      actor: null,
      idempotencyKey: request.key,
      setHeader: () => undefined,
    });
    return route.reply.parse(answer);
  };
  return { db, ledger, perform };
}

/** Anything that is thrown and is no Problem fails the test, because a caller could do nothing with it. */
export async function outcomeOf(asking: Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await asking, code: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { answer: null, code: error.code };
  }
}
