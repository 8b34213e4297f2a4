import { openAccounts, openLedger, type Ledger } from "#budget";
import type { Viewer } from "#access";
import type { Database } from "#db";
import { instant, manualClock, micros, parseInstant, parseMicros, type HandlerRequest, type Instant, type Micros, type Person, type Route } from "#kernel";
import { reportRoutes } from "./contract.ts";
import { openReports } from "./report-service.ts";
import { reportHandlers } from "./routes.ts";

export const owner: Person = { name: "owner", admin: true };

export function at(text: string): Instant {
  return parseInstant(text) ?? instant(Number.NaN);
}

export function usd(text: string): Micros {
  return parseMicros(text) ?? micros(-1n);
}

/** Memberships by person. */
export type Parts = Readonly<Record<string, Viewer["memberships"]>>;

/** A ledger with accounts, and the reports on it, called as the server would. */
export function reportBench(db: Database, parts: Parts = {}) {
  const clock = manualClock(at("2026-11-21T12:00:00Z"));
  const accounts = openAccounts({ db, clock, source: "test" });
  const ledger: Ledger = openLedger(db, clock, { source: "test" });
  const people = { viewer: (person: Person) => Promise.resolve({ ...person, memberships: parts[person.name] ?? [] }) };
  const handlers = reportHandlers(openReports({ db, clock, accounts, people }));

  async function call(name: keyof typeof reportRoutes, person: Person, input: { params?: unknown; query?: unknown; body?: unknown } = {}): Promise<unknown> {
    const route: Route = reportRoutes[name];
    const request = {
      params: route.params?.parse(input.params),
      query: route.query?.parse(input.query ?? {}),
      body: route.body?.parse(input.body),
      person,
      setHeader: () => undefined,
    };
    const handler = handlers[name] as (request: unknown) => Promise<unknown>;
    return route.reply.parse(await handler(request satisfies Partial<Record<keyof HandlerRequest<Route>, unknown>>));
  }

  async function open(name: string, parent: string | null, amount: string, kind: "institution" | "project" | "overhead" = "project"): Promise<void> {
    await accounts.create({ name, title: null, kind, parent, allocated: usd(amount), startsAt: null, endsAt: null }, "owner", `open:${name}`);
  }

  let keys = 0;
  /** A job that was reserved and charged; gives the number of its charge. */
  async function job(
    account: string,
    amount: string,
    served: Instant,
    more: { person?: string; partition?: string; app?: string; cluster?: string; reserve?: string } = {},
  ): Promise<bigint> {
    keys += 1;
    const { person = "maria", reserve = "1", ...work } = more;
    const subject = `job:${keys}`;
    const [held] = await ledger.holdMany([
      { key: `h${keys}`, account, amount: usd(reserve), person, subject, expiresAt: null, formula: [], expected: null, ...work },
    ]);
    if (held?.kind !== "granted") throw new Error(`not granted: ${held?.code ?? "no answer"}`);
    const key = `s${keys}`;
    await ledger.settleMany([{ key, holdId: held.holdId, attempt: 1, amount: usd(amount), final: true, figure: "metered", at: served, note: "" }]);
    const [row] = await db.query<{ number: bigint }>("select number from headgate.journal_transaction where key = $1", [key]);
    return row?.number ?? 0n;
  }

  async function charge(
    account: string,
    amount: string,
    served: Instant,
    more: { person?: string; subject?: string; partition?: string } = {},
  ): Promise<bigint> {
    keys += 1;
    const { person = "maria", subject = "bill", partition = null } = more;
    const [answer] = await ledger.chargeMany([
      { key: `c${keys}`, account, amount: usd(amount), person, subject, partition, figure: "billed", at: served, note: "" },
    ]);
    return answer?.kind === "charged" ? answer.number : 0n;
  }

  async function mend(kind: "refund" | "write-off", mends: bigint, amount: string, bearer?: string): Promise<void> {
    keys += 1;
    const by = { person: "owner", source: "test" };
    const mending = { key: `m${keys}`, mends, amount: usd(amount), at: clock.now(), note: "broken", approver: "dean", by };
    const [answer] = await ledger.adjustMany([kind === "refund" ? { ...mending, kind } : { ...mending, kind, bearer: bearer ?? "" }]);
    if (answer?.kind !== "adjusted")
      throw new Error(`not mended: ${JSON.stringify(answer, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`);
  }

  return { db, clock, accounts, ledger, call, open, job, charge, mend };
}
