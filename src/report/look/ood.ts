import { parseMicros, type Instant, type MoneyUnit } from "#kernel";

/**
 * The balances file of Open OnDemand's dashboard (OOD_BALANCE_PATH), version 1, as its own reader takes it: one unit for the whole file, and of each person and project a whole number,
 * because it cuts what is behind the point. Amounts are rounded down, so that nobody is promised more than there is.
 */
export type OodBalances = {
  readonly version: 1;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly config: { readonly unit: string; readonly project_type: "project" };
  readonly balances: readonly { readonly user: string; readonly project: string; readonly value: number }[];
};

type Account = {
  readonly name: string;
  readonly unit: MoneyUnit;
  readonly status: string;
  readonly can_commit: string;
  readonly pi: string | null;
  readonly managers: readonly string[];
  readonly members: readonly string[];
  readonly delegates: readonly { readonly person: string; readonly from: string | null; readonly until: string | null }[];
};

const MICROS = 1_000_000n;

export function oodBalances(accounts: readonly Account[], unit: MoneyUnit, now: Instant): OodBalances {
  const balances = accounts
    .filter((account) => account.unit === unit && account.status !== "closed")
    .flatMap((account) => {
      const delegates = account.delegates.filter(
        ({ from, until }) => (from === null || Date.parse(from) <= now) && (until === null || now < Date.parse(until)),
      );
      const people = new Set([...(account.pi === null ? [] : [account.pi]), ...account.managers, ...account.members, ...delegates.map(({ person }) => person)]);
      const micros = parseMicros(account.can_commit) ?? 0n;
      return [...people].toSorted().map((user) => ({ user, project: account.name, value: Number(micros > 0n ? micros / MICROS : 0n) }));
    });
  return { version: 1, timestamp: Math.floor(now / 1000), config: { unit: unit === "USD" ? "dollar" : "service unit", project_type: "project" }, balances };
}
