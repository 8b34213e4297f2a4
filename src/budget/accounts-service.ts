import { can, demand, reachesBelow, type AccountParts, type Action, type Viewer } from "#access";
import type { Database } from "#db";
import { invariant, micros, Problem, ZERO_MICROS, type Clock, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import * as store from "./account-store.ts";
import type { AccountView } from "./contract.ts";
import { decideHold } from "./decide-hold.ts";
import { indirectReserve } from "./award/award.ts";
import { indirectOf } from "./award/store.ts";
import { decidePlan, type FundDecision, type FundPlan } from "./fund/fund.ts";
import { listFundPlans } from "./fund/store.ts";
import type { ExemptUse } from "./exempt/exempt.ts";
import { afterExemptions } from "./exempt/use-exemption.ts";
import { asRefusal } from "./ledger-refusal.ts";
import type { HoldRefusal } from "./ledger-types.ts";

/** What the room needs of people: who they are to the policy, and who belongs to accounts. */
export type AccountPeople = {
  viewer(person: Person): Promise<Viewer>;
  /** Who has which part in each account named. */
  membersOf(accounts: readonly string[]): Promise<ReadonlyMap<string, AccountParts>>;
  ensureMember(membership: { readonly person: string; readonly account: string; readonly role: "member" | "manager" }): Promise<unknown>;
};
export type AccountMembers = { readonly managers: readonly string[]; readonly members: readonly string[] };

export type NewAccount = {
  readonly name: string;
  readonly title: string | null;
  readonly kind: AccountView["kind"];
  readonly parent: string | null;
  readonly unit?: MoneyUnit;
  readonly allocated: Micros;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  readonly slurmAccount?: string | null;
  /** Why, and who approved it: an advance account needs both. */
  readonly reason?: string | null;
  readonly approver?: string | null;
};

/** Accounts one person sees at once; more come in pages. */
const VISIBLE_MAX = 10_000;

/** Paths remembered at one time; then all are forgotten. */
const PATHS_MAX = 10_000;

export type AccountsContext = { readonly db: Database; readonly clock: Clock; readonly source: string };
export type Accounts = ReturnType<typeof openAccounts>;

/** What a reservation would be asked for. `chargeClass` and `charges` are as in `HoldAsk`; several funds are asked without indirect cost. */
type PreviewAsk = {
  readonly account: string;
  readonly person: string;
  readonly amount: Micros;
  readonly until: Instant | null;
  readonly chargeClass?: string | null;
  readonly charges?: number;
};

/** `asked` has the indirect cost in it. */
type Preview = { readonly asked: Micros; readonly refusal: Omit<HoldRefusal, "kind" | "asked"> | null; readonly exempt: ExemptUse | null };

/** Opens and funds accounts, and says who may see and use them. */
export function openAccounts({ db, clock, source }: AccountsContext) {
  /** A path never changes once its account is there, and no account is ever taken away: each is read once. */
  const paths = new Map<string, readonly string[]>();
  async function knownPath(account: string): Promise<readonly string[] | null> {
    const known = paths.get(account);
    if (known !== undefined) return known;
    const path = await store.pathOf(db, account);
    if (paths.size >= PATHS_MAX) paths.clear();
    if (path !== null) paths.set(account, path);
    return path;
  }

  /** Opens an account and gives it its money, in one transaction, once for a key. Throws `budget.account-exists`, `budget.account-unknown` (the parent), `budget.unit-mismatch`. */
  async function create(account: NewAccount, by: string, key: string): Promise<boolean> {
    const author = { person: by, source, now: clock.now() };
    try {
      return await db.transaction(async (tx) => {
        const opened = await store.openAccount(
          tx,
          {
            ...account,
            key,
            title: account.title ?? account.name,
            unit: account.unit ?? "USD",
            slurmAccount: account.slurmAccount ?? null,
            reason: account.reason ?? null,
            approver: account.approver ?? null,
          },
          author,
        );
        if (account.allocated !== 0n) {
          await store.allocate(
            tx,
            {
              key: `ledger:money:${key}`,
              account: account.name,
              amount: account.allocated,
              through: false,
              cut: false,
              reason: "opening allocation",
              effectiveAt: author.now,
            },
            author,
          );
        }
        return opened;
      });
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** For the lab file: makes an account that is missing and leaves one that is there as it is; whether it made it. */
  async function ensure(account: NewAccount, by: string): Promise<boolean> {
    if ((await store.pathOf(db, account.name)) !== null) return false;
    try {
      return await create(account, by, `ensure-account:${account.name}`);
    } catch (error) {
      // Another process made it since we looked.
      if (error instanceof Problem && error.code === "budget.account-exists") return false;
      throw error;
    }
  }

  /** Gives an account money, or takes back what is free; with `through` every level above it, too. Once for a key. */
  async function allocate(ask: { account: string; amount: Micros; through: boolean; reason: string }, by: string, key: string): Promise<void> {
    const now = clock.now();
    try {
      await store.allocate(db, { ...ask, key, cut: false, effectiveAt: now }, { person: by, source, now });
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** The names of all accounts the viewer may see, or null for an administrator, who sees every one. */
  async function visible(viewer: Viewer): Promise<readonly string[] | null> {
    if (viewer.admin) return null;
    const named = viewer.memberships.map(({ account }) => account);
    const managed = viewer.memberships.filter(({ role }) => reachesBelow(role)).map(({ account }) => account);
    return store.visibleAccounts(db, { named, managed, limit: VISIBLE_MAX });
  }

  /** Ends in `budget.account-unknown` when the viewer may not see the account, in `access.forbidden` when only the action is not allowed. */
  async function demandOn(viewer: Viewer, action: Extract<Action, `account.${string}`>, account: string): Promise<void> {
    const path = await knownPath(account);
    if (path === null) throw noSuchAccount(account);
    if (action === "account.use" && can(viewer, "account.see", { kind: "account", path }) && !can(viewer, "account.use", { kind: "account", path })) {
      throw new Problem("budget.not-member", { detail: `${viewer.name} is not a member of ${account}`, facts: { account } });
    }
    demand(viewer, action, { kind: "account", path }, () => noSuchAccount(account));
  }

  /** The account as it stands. Throws `budget.account-unknown`. */
  async function get(account: string): Promise<store.AccountRecord> {
    const [record] = await store.listAccounts(db, { names: [account], after: "", limit: 1 });
    if (record === undefined) throw noSuchAccount(account);
    return record;
  }

  /** The account a person's work goes to when none is named: the one chosen, else the only one there is; null otherwise. */
  async function defaultOf(viewer: Viewer): Promise<string | null> {
    const chosen = await store.defaultAccount(db, viewer.name);
    if (chosen !== null) {
      const path = await knownPath(chosen);
      if (path !== null && can(viewer, "account.use", { kind: "account", path })) return chosen;
    }
    return viewer.memberships.length === 1 ? viewer.memberships[0]!.account : null;
  }

  /** Throws `budget.account-unknown`, `budget.not-member`. */
  async function setDefault(viewer: Viewer, account: string): Promise<void> {
    await demandOn(viewer, "account.use", account);
    if (!(await store.setDefaultAccount(db, viewer.name, account))) throw noSuchAccount(account);
  }

  /** Whether an amount could be reserved now, or an exemption would let it in, without doing it; by the time it is asked for in earnest, others may have been quicker. */
  async function wouldHold(ask: PreviewAsk): Promise<Preview> {
    const levels = await store.levelsOf(db, ask.account, ask.person);
    if (levels.length === 0)
      return { asked: ask.amount, refusal: { code: "budget.account-unknown", account: ask.account, available: ZERO_MICROS, date: null }, exempt: null };
    const [plan] = await listFundPlans(db, [ask.account]);
    const now = clock.now();
    const rate =
      ask.chargeClass == null || plan !== undefined ? null : await indirectOf(db, { account: ask.account, class: ask.chargeClass, at: now, key: "" });
    const asked = micros(ask.amount + indirectReserve(ask.amount, rate?.rate ?? 0, ask.charges ?? 1));
    const decision = plan === undefined ? decideHold(levels, asked, now, ask.until) : await foresee(plan, levels, ask);
    if (decision.kind === "granted") return { asked, refusal: null, exempt: null };
    const { code, level, available, date } = decision;
    if (plan !== undefined) return { asked, refusal: { code, account: level, available, date }, exempt: null };
    const after = await afterExemptions(db, decision, { ...ask, amount: asked, levels }, now);
    return "exempt" in after ? { asked, refusal: null, exempt: after.exempt } : { asked, refusal: after, exempt: null };
  }

  async function foresee(
    plan: FundPlan,
    own: Awaited<ReturnType<typeof store.levelsOf>>,
    ask: { readonly account: string; readonly person: string; readonly amount: Micros; readonly until: Instant | null },
  ): Promise<FundDecision> {
    const itself = own.find(({ name }) => name === ask.account);
    invariant(itself !== undefined, "an account is among its own levels");
    const levels = await Promise.all(plan.funds.map(({ account }) => store.levelsOf(db, account, ask.person)));
    return decidePlan(plan, itself, levels, ask.amount, clock.now(), ask.until);
  }

  return { wouldHold, create, ensure, allocate, visible, demandOn, get, defaultOf, setDefault, pathOf: knownPath };
}

/** Ends in a Problem unless the viewer answers for an account that both are or are part of: who moves money moves it within what is theirs. */
export async function demandBetween(accounts: Pick<Accounts, "demandOn" | "pathOf">, viewer: Viewer, from: string, to: string): Promise<void> {
  for (const account of [from, to]) await accounts.demandOn(viewer, "account.manage", account);
  const [one, other] = await Promise.all([accounts.pathOf(from), accounts.pathOf(to)]);
  const path = (one ?? []).filter((name) => other?.includes(name));
  if (can(viewer, "account.manage", { kind: "account", path })) return;
  throw new Problem("access.forbidden", { detail: `${viewer.name} does not answer for an account that both ${from} and ${to} are part of` });
}

export function noSuchAccount(account: string): Problem {
  return new Problem("budget.account-unknown", { detail: `there is no account ${account}`, facts: { account } });
}
