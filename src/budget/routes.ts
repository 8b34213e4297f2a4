import { invariant, microsToDecimal, parseInstant, parseMicros, Problem, type Handlers, type Instant, type Micros } from "#kernel";
import type { BudgetService } from "./budget-service.ts";
import type { budgetRoutes } from "./contract.ts";

/** Amounts on the wire have the shape of one; what is left to find is whether it can be stored. */
function amountOf(text: string): Micros {
  const amount = parseMicros(text);
  if (amount === undefined) throw new Problem("budget.amount-invalid", { detail: `${text} cannot be booked` });
  return amount;
}

function instantOf(text: string | null): Instant | null {
  if (text === null) return null;
  const at = parseInstant(text);
  invariant(at !== undefined, "the contract lets only times through");
  return at;
}

export function budgetHandlers(budget: BudgetService): Handlers<typeof budgetRoutes> {
  return {
    listAccounts: ({ person, query }) => budget.listAccounts(person, query),
    showAccount: ({ person, params }) => budget.showAccount(person, params.name),
    createAccount: ({ person, body, idempotencyKey }) =>
      budget.createAccount(
        person,
        {
          name: body.name,
          title: body.title ?? null,
          kind: body.kind,
          parent: body.parent,
          unit: body.unit,
          allocated: amountOf(body.allocated),
          startsAt: instantOf(body.starts_at),
          endsAt: instantOf(body.ends_at),
          slurmAccount: body.slurm_account,
          managers: body.managers,
          members: body.members,
        },
        `http:${idempotencyKey}`,
      ),
    allocate: ({ person, params, body, idempotencyKey }) =>
      budget.allocate(person, { account: params.name, amount: amountOf(body.amount), through: body.through, reason: body.reason }, `http:${idempotencyKey}`),
    explainAccount: ({ person, params }) => budget.explain(person, params.name),
    listHolds: ({ person, query }) => budget.listHolds(person, query),
    showHold: ({ person, params }) => budget.showHold(person, params.id),
    placeHold: async ({ person, body, idempotencyKey, setHeader }) => {
      const placed = await budget.placeHold(
        person,
        {
          account: body.account,
          amount: amountOf(body.amount),
          unit: body.unit,
          subject: body.subject,
          partition: body.partition,
          expiresAt: instantOf(body.expires_at),
          until: instantOf(body.until),
          formula: body.formula,
          expected: body.expected === null ? null : amountOf(body.expected),
        },
        idempotencyKey,
      );
      if (placed.replayed) setHeader("idempotency-replayed", "true");
      return { hold_id: placed.holdId, amount: microsToDecimal(placed.amount), unit: body.unit, replayed: placed.replayed };
    },
    settleHold: async ({ person, params, body, idempotencyKey }) => {
      const settled = await budget.settleHold(
        person,
        {
          holdId: params.id,
          attempt: body.attempt,
          amount: amountOf(body.amount),
          final: body.final,
          figure: body.figure,
          at: instantOf(body.at ?? null) ?? undefined,
          note: body.note,
        },
        idempotencyKey,
      );
      return {
        charged: microsToDecimal(settled.charged),
        returned: microsToDecimal(settled.returned),
        overrun: microsToDecimal(settled.overrun),
        replayed: settled.replayed,
      };
    },
    releaseHold: async ({ person, params, body, idempotencyKey }) => {
      const released = await budget.releaseHold(person, { holdId: params.id, at: instantOf(body.at ?? null) ?? undefined, note: body.note }, idempotencyKey);
      return { returned: microsToDecimal(released.returned), replayed: released.replayed };
    },
    listJournal: ({ person, query }) => budget.listJournal(person, query),
    showStatus: ({ person }) => budget.showStatus(person),
    setDefault: async ({ person, body }) => {
      await budget.setDefault(person, body.account);
      return { default_account: body.account };
    },
  };
}
