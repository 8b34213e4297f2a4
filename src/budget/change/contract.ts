import { z } from "zod";
import { defineRoute } from "#kernel";
import { lineText } from "#price/contract";
import { accountName, accountStatus, balanceFields, byName, instantText, limitAmount, reserveAt } from "../wire-contract.ts";

/** What changes an account besides work: its limits, its dates, money that goes elsewhere, and decisions about overrun. */

const tag = "budget";
const reason = lineText(1, 500).meta({ description: "Why; it stands in the journal." });
export const limitScope = z.enum(["person", "partition"]).meta({ id: "BudgetLimitScope" });
const subject = lineText(1, 63).meta({ description: "The person's name, or the partition's." });

export const limitView = z.strictObject({ account: accountName, scope: limitScope, subject, ...balanceFields }).meta({ id: "BudgetLimit" });

export const transferBody = z.strictObject({ to: accountName, amount: limitAmount, reason });
export const cutBody = z.strictObject({ amount: limitAmount, reason });
export const absorbBody = z.strictObject({ reason });
export const setLimitBody = z.strictObject({ scope: limitScope, subject, amount: limitAmount, reason });
/** What is not named stays as it is. */
export const changeBody = z
  .strictObject({
    status: accountStatus.optional(),
    starts_at: instantText.nullable().optional().meta({ description: "Null takes the start away." }),
    ends_at: instantText.nullable().optional().meta({ description: "Null takes the end away." }),
    reserve_at: reserveAt.nullable().optional().meta({ description: "When money is reserved for its jobs; null: as the nearest account above says." }),
    reason,
  })
  .refine(
    (body) => body.status !== undefined || body.starts_at !== undefined || body.ends_at !== undefined || body.reserve_at !== undefined,
    "names neither a status nor a start, an end or when money is reserved",
  );

/** The routes; `account` is the shape an account is answered in. */
export function changeRoutes<Account extends z.ZodType>(account: Account) {
  const common = { tag, access: "admin", idempotent: true, params: byName, reply: account } as const;
  return {
    transfer: defineRoute({
      ...common,
      access: "person",
      id: "budget.transfer",
      method: "POST",
      path: "/api/v1/budget/accounts/:name/transfers",
      status: 201,
      summary: "Move what is free to another account of the same unit; for administrators, and within an account for its PI and delegates",
      body: transferBody,
      problems: ["access.forbidden", "budget.account-unknown", "budget.insufficient", "budget.closed", "budget.unit-mismatch", "idempotency.mismatch"],
    }),
    cut: defineRoute({
      ...common,
      id: "budget.cut",
      method: "POST",
      path: "/api/v1/budget/accounts/:name/cuts",
      status: 201,
      summary: "Take money away that is gone, also beyond what is free: what is committed already becomes overrun",
      body: cutBody,
      problems: ["budget.account-unknown", "budget.amount-invalid", "idempotency.mismatch"],
    }),
    absorb: defineRoute({
      ...common,
      id: "budget.absorb-overrun",
      method: "POST",
      path: "/api/v1/budget/accounts/:name/absorptions",
      status: 201,
      summary: "Decide that overrun which fits under the limit again is dealt with",
      body: absorbBody,
      problems: ["budget.account-unknown", "budget.nothing-to-absorb", "idempotency.mismatch"],
    }),
    changeAccount: defineRoute({
      ...common,
      id: "budget.change-account",
      method: "POST",
      path: "/api/v1/budget/accounts/:name/terms",
      status: 200,
      summary: "Open, freeze or close an account, set its start or end, or when money is reserved for its jobs; what is not named stays",
      body: changeBody,
      problems: ["budget.account-unknown", "value.range", "idempotency.mismatch"],
    }),
    setLimit: defineRoute({
      ...common,
      access: "person",
      id: "budget.set-limit",
      method: "POST",
      path: "/api/v1/budget/accounts/:name/limits",
      status: 201,
      reply: limitView,
      summary: "Limit what one person, or the work on one partition, may commit inside an account, counted from now on; for its PI and delegates",
      body: setLimitBody,
      problems: ["access.forbidden", "budget.account-unknown", "idempotency.mismatch"],
    }),
  };
}

export const limitRoutes = {
  listLimits: defineRoute({
    id: "budget.list-limits",
    method: "GET",
    path: "/api/v1/budget/accounts/:name/limits",
    tag,
    access: "person",
    status: 200,
    summary: "The limits for people and partitions inside an account, 500 at most",
    params: byName,
    reply: z.strictObject({ items: z.array(limitView) }),
    problems: ["budget.account-unknown"],
  }),
};
