import type { budgetRoutes, HoldView } from "#budget/contract";
import { instantToIso, microsToDecimal, Problem, type Handlers } from "#kernel";
import { accountView, bindingOf, freeOf, pathOf, type MockAccount, type MockHold } from "./money.ts";
import { accountsOf, pageOf, type World } from "./world.ts";

type BudgetHandlers = Handlers<Pick<typeof budgetRoutes, "showStatus" | "listAccounts" | "showAccount" | "explainAccount" | "listHolds" | "listJournal">>;

export function budgetHandlers(world: World): BudgetHandlers {
  const { ledger } = world;
  const seen = (person: string): readonly MockAccount[] => ledger.accounts.filter((account) => accountsOf(world, person).includes(account.name));
  const find = (name: string, person: string): MockAccount => {
    const account = seen(person).find((each) => each.name === name);
    if (account === undefined) throw new Problem("budget.account-unknown", { detail: `There is no account "${name}".` });
    return account;
  };
  return {
    showStatus: async ({ person }) => {
      const accounts = seen(person.name);
      const [first] = accounts.filter((account) => account.kind === "project");
      return {
        person: person.name,
        default_account: first?.name ?? null,
        accounts: accounts.map((account) => accountView(ledger, account)),
        more: false,
        standing_costs: [],
        standing_per_day: [],
        indirect: [],
        overhead_alarms: [],
      };
    },
    listAccounts: async ({ person, query }) =>
      pageOf(
        seen(person.name).map((account) => accountView(ledger, account)),
        query.limit,
        query.cursor,
      ),
    showAccount: async ({ person, params }) => accountView(ledger, find(params.name, person.name)),
    explainAccount: async ({ person, params }) => {
      const account = find(params.name, person.name);
      const binding = bindingOf(ledger, account.name);
      const levels = pathOf(ledger, account.name).map((level) => {
        const { name, kind, status, starts_at, ends_at, unit, allocated, spent, reserved, leased, overrun, free } = accountView(ledger, level);
        return {
          name,
          kind,
          status,
          starts_at,
          ends_at,
          unit,
          allocated,
          spent,
          reserved,
          leased,
          overrun,
          free,
          can_commit: microsToDecimal(freeOf(level)),
          binds: level.name === binding.account.name,
        };
      });
      const can = microsToDecimal(binding.free);
      return {
        account: account.name,
        unit: "USD" as const,
        can_commit: can,
        binding: binding.account.name,
        reason: `${binding.account.name} has $${can} free`,
        levels,
        holds: [],
      };
    },
    listHolds: async ({ person, query }) => {
      const wanted = ledger.holds.filter(
        (hold) => (query.account === undefined || hold.account === query.account) && (query.state === undefined || hold.state === query.state),
      );
      const visible = wanted.filter((hold) => accountsOf(world, person.name).includes(hold.account));
      return pageOf(visible.toReversed().map(holdView), query.limit, query.cursor);
    },
    listJournal: async ({ person, query }) => {
      find(query.account, person.name);
      const own = ledger.journal.filter((transaction) => transaction.entries.some((entry) => entry.account === query.account));
      return pageOf(own.toReversed(), query.limit, query.cursor);
    },
  };
}

function holdView(hold: MockHold): HoldView {
  return {
    id: hold.id,
    account: hold.account,
    person: hold.person,
    subject: hold.subject,
    unit: "USD",
    amount: microsToDecimal(hold.amount),
    remaining: microsToDecimal(hold.remaining),
    charged: microsToDecimal(hold.charged),
    expected: null,
    exempt: null,
    state: hold.state,
    quote: null,
    formula: hold.formula,
    created_at: instantToIso(hold.at),
    expires_at: null,
    closed_at: null,
    history: [],
    attempts: [],
  };
}
