import type { Viewer } from "#access";
import { openAccounts, openSpendingFacts, openLedger, type Accounts, type Ledger } from "#budget";
import type { Database } from "#db";
import { openForecasts } from "#forecast";
import { addMs, instant, manualClock, milliseconds, parseMicros, systemRandomness, type HandlerRequest, type Micros, type Person, type Route } from "#kernel";
import { alertRoutes } from "./contract.ts";
import { alertHandlers } from "./routes.ts";
import { openAlerts } from "./service.ts";
import { openChannels, type Channels, type ChannelSettings } from "./use-channels.ts";
import { alertWork, type AlertWork } from "./work-service.ts";

export const owner: Person = { name: "owner", admin: true };

type Membership = Viewer["memberships"][number];

export type AlertBench = {
  readonly db: Database;
  readonly clock: ReturnType<typeof manualClock>;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly channels: Channels;
  readonly work: AlertWork;
  /** Who has which part in which account; nobody has any before a test says so. */
  readonly parts: Map<string, readonly Membership[]>;
  /** Opens an account with so many dollars. */
  open(name: string, dollars: string, parent?: string): Promise<void>;
  /** Charges so many dollars, now or that many days ago. */
  spend(account: string, dollars: string, daysAgo?: number): Promise<void>;
  /** Asks for a reservation; "granted", or the code of the refusal. */
  hold(account: string, dollars: string): Promise<string>;
  /** Calls a route as the server would, and checks the answer against the contract. */
  call(name: keyof typeof alertRoutes, input?: { params?: unknown; query?: unknown; body?: unknown; key?: string; person?: Person }): Promise<unknown>;
};

export const SETTINGS: ChannelSettings = {
  source: "https://headgate.lab.example",
  mail: { server: "smtp://127.0.0.1:1", from: "headgate@lab.example", password: null },
  webhook: { url: "http://127.0.0.1:1/", secret: { text: "sesame" } },
  slack: null,
};

const usd = (text: string): Micros => {
  const amount = parseMicros(text);
  if (amount === undefined) throw new Error(`${text} is no amount`);
  return amount;
};

export function alertBench(db: Database, settings: ChannelSettings = SETTINGS): AlertBench {
  const clock = manualClock(instant(Date.UTC(2026, 10, 21, 12)));
  const accounts = openAccounts({ db, clock, source: "test" });
  const ledger = openLedger(db, clock);
  const channels = openChannels(settings, clock);
  const parts = new Map<string, readonly Membership[]>();
  const viewer = (person: Person) => Promise.resolve({ ...person, memberships: parts.get(person.name) ?? [] });
  const spendingFacts = openSpendingFacts({ db, clock, accounts, people: { viewer } });
  const forecasts = openForecasts({ spendingFacts });
  const handlers = alertHandlers(openAlerts({ db, clock, source: "http", accounts, viewer, channels }));
  let count = 0;
  return {
    db,
    clock,
    accounts,
    ledger,
    channels,
    parts,
    work: alertWork({
      db,
      clock,
      randomness: systemRandomness,
      channels,
      source: "worker",
      accounts,
      spendingFacts: (account) => spendingFacts(owner, account, "UTC"),
      forecast: (account) => forecasts.forecastOf(owner, account, { zone: "UTC" }),
    }),
    open: async (name, dollars, parent) => {
      const kind = parent === undefined ? "department" : "project";
      await accounts.create(
        { name, title: null, kind, parent: parent ?? null, allocated: usd(dollars), startsAt: null, endsAt: null },
        "owner",
        `open:${name}`,
      );
    },
    spend: async (account, dollars, daysAgo = 0) => {
      count += 1;
      const ask = {
        key: `spend:${count}`,
        account,
        unit: "USD" as const,
        amount: usd(dollars),
        person: "maria",
        subject: `test:${count}`,
        figure: "metered" as const,
      };
      await ledger.chargeMany([{ ...ask, at: addMs(clock.now(), milliseconds(-daysAgo * 86_400_000)), note: "" }]);
    },
    hold: async (account, dollars) => {
      count += 1;
      const [answer] = await ledger.holdMany([
        { key: `hold:${count}`, account, amount: usd(dollars), person: "maria", subject: `job:${count}`, expiresAt: null, formula: [], expected: null },
      ]);
      return answer?.kind === "refused" ? answer.code : (answer?.kind ?? "no answer");
    },
    call: async (name, { params, query, body, key, person = owner } = {}) => {
      const route: Route = alertRoutes[name];
      count += 1;
      const request = {
        params: route.params?.parse(params),
        query: route.query?.parse(query ?? {}),
        body: route.body?.parse(body ?? {}),
        person,
        idempotencyKey: key ?? `key-${count}`,
      };
      const handle = handlers[name] as (request: HandlerRequest<Route>) => Promise<unknown>;
      return route.reply.parse(await handle(request as unknown as HandlerRequest<Route>));
    },
  };
}
