import { randomUUID } from "node:crypto";
import { Problem, type Handlers } from "#kernel";
import type { asbbRoutes } from "./contract.ts";
import { fromDollars } from "./cost.ts";
import { momentOf, titled, type AsbbService } from "./service.ts";

const STATUS = { active: "open", inactive: "closed", suspended: "frozen" } as const;

export function asbbHandlers(asbb: AsbbService): Handlers<typeof asbbRoutes> {
  return {
    check: ({ person, body, idempotencyKey }) => asbb.check(person, body, idempotencyKey),
    reconcile: ({ person, body, idempotencyKey }) =>
      asbb.reconcile(person, { jobId: body.job_id, actual: fromDollars(body.actual_cost), holdId: body.transaction_id }, idempotencyKey),
    listAccounts: ({ person, query }) => asbb.listAccounts(person, query),
    showAccount: ({ person, params }) => asbb.showAccount(person, params.account),
    createAccount: ({ person, body, idempotencyKey }) =>
      asbb.createAccount(
        person,
        {
          name: body.slurm_account,
          title: titled(body.name, body.description),
          limit: fromDollars(body.budget_limit),
          startsAt: momentOf(body.start_date, false),
          endsAt: momentOf(body.end_date, true),
        },
        `asbb:${idempotencyKey}`,
      ),
    // PUT and DELETE are repeated without harm: each is a decision of its own.
    updateAccount: ({ person, params, body }) =>
      asbb.updateAccount(
        person,
        params.account,
        {
          limit: body.budget_limit === undefined ? undefined : fromDollars(body.budget_limit),
          startsAt: body.start_date === undefined ? undefined : momentOf(body.start_date, false),
          endsAt: body.end_date === undefined ? undefined : momentOf(body.end_date, true),
          status: body.status === undefined ? undefined : STATUS[body.status],
        },
        `asbb:put:${randomUUID()}`,
      ),
    createGrant: ({ person, body, idempotencyKey }) => asbb.createGrant(person, body, `asbb:${idempotencyKey}`),
    createAllocation: ({ person, body, idempotencyKey }) =>
      asbb.createAllocation(
        person,
        { grant: body.grant_number, amount: fromDollars(body.amount), dueOn: body.due_date, label: body.description },
        `asbb:${idempotencyKey}`,
      ),
    processAllocations: async () => ({ processed: (await asbb.processAllocations()).done }),
    listAlerts: ({ person, query }) => asbb.listAlerts(person, query),
    showAlert: ({ person, params }) => asbb.showAlert(person, params.id),
    acknowledgeAlert: ({ person, params, body, idempotencyKey }) =>
      asbb.acknowledgeAlert(person, { id: params.id, ...body }, `asbb:${params.id}:${idempotencyKey}`),
    deleteAccount: ({ person, params }) => asbb.updateAccount(person, params.account, { status: "closed" }, `asbb:delete:${randomUUID()}`),
    burstStatus: () => asbb.burstStatus(),
    burstReconcile: ({ person, body }) => asbb.settleRecord(person, body),
    burstEpilog: ({ person, body }) => asbb.settleRecord(person, body),
    budgetStatus: ({ person, body }) => asbb.budgetStatus(person, body.account),
    affordabilityCheck: ({ person, body }) => asbb.affordability(person, body.account, fromDollars(body.estimated_cost)),
    grantTimeline: ({ person, body }) => asbb.timeline(person, body.grant_number),
    burstDecision: () => {
      throw new Problem("not-yet", {
        detail: "nothing here decides between this machine and AWS yet",
        fix: "Ask /api/v1/asba/affordability-check what the account can bear.",
      });
    },
    grantReports: ({ person, params, query }) => asbb.grantReport(person, params.number, query),
    healthScore: ({ person, query }) => asbb.health(person, query),
  };
}
