import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, moneyUnit } from "#price/contract";
import { accountName, byName, holdState, instantText, lineText, numbersPage, page, personName } from "../wire-contract.ts";

/** Whose work is let in when the money is not there: exemptions, and break-glass that expires. */

const tag = "budget";
export const exemptionKind = z
  .enum(["exemption", "break-glass"])
  .meta({ id: "BudgetExemptionKind", description: "An exemption lasts as long as is said; break-glass ends at most 72 hours after its start." });
const reason = lineText(1, 500).meta({ description: "Why; it stands in the journal." });
const exempted = personName.meta({ description: "Whose work is let in." });

/** What is said of a reservation of 0 that an exemption let in. */
export const exemptUse = z
  .strictObject({
    kind: exemptionKind,
    reason: z.string(),
    approver: z.string(),
    until: instantText.nullable().meta({ description: "Null: until it is withdrawn." }),
    asked: amountText.meta({ description: "What would have been reserved." }),
  })
  .meta({ id: "BudgetExempt", description: "Nothing is reserved: an exemption let the work in. What it costs is charged in full." });

const exemption = z
  .strictObject({
    number: z.string().regex(/^\d+$/).meta({ description: "Of the transaction that gave it." }),
    kind: exemptionKind,
    account: accountName,
    unit: moneyUnit,
    person: z.string(),
    starts_at: instantText,
    ends_at: instantText.nullable().meta({ description: "Null: until it is withdrawn." }),
    stands: z.boolean().meta({ description: "Whether it lets work in now." }),
    reason: z.string(),
    approver: z.string(),
    given_by: z.string(),
    withdrawn: z.strictObject({ at: instantText, by: z.string(), why: z.string() }).nullable(),
    uses: z.int().min(0).meta({ description: "Reservations that it let in." }),
    charged: amountText.meta({ description: "What those were charged in all." }),
  })
  .meta({ id: "BudgetExemption" });

const use = z
  .strictObject({
    at: instantText,
    kind: exemptionKind,
    account: accountName,
    unit: moneyUnit,
    person: z.string(),
    subject: z.string(),
    hold_id: z.string(),
    reason: z.string(),
    approver: z.string(),
    asked: amountText,
    charged: amountText.meta({ description: "So far; in the end when the state is not open." }),
    state: holdState,
  })
  .meta({ id: "BudgetExemptionUse" });

export const grantExemptionBody = z
  .strictObject({
    kind: exemptionKind,
    person: exempted,
    starts_at: instantText.nullable().default(null).meta({ description: "Null: now." }),
    ends_at: instantText.nullable().default(null).meta({ description: "Null: until it is withdrawn, or after so many hours." }),
    hours: z.int().min(1).max(8760).nullable().default(null).meta({ description: "How long, in the place of an end." }),
    reason,
    approver: personName.meta({ description: "Who decided it: somebody else than the person." }),
  })
  .refine((body) => body.ends_at === null || body.hours === null, { path: ["hours"], message: "an end and a number of hours say the same thing twice" })
  .refine((body) => body.kind === "exemption" || body.ends_at !== null || body.hours !== null, { path: ["hours"], message: "break-glass has to end" });
export const withdrawExemptionBody = z.strictObject({ kind: exemptionKind, person: exempted, reason });

const admin = { tag, access: "admin", idempotent: true, method: "POST", params: byName, reply: exemption } as const;
const looking = { account: accountName.optional(), person: personName.optional(), kind: exemptionKind.optional(), ...numbersPage };

export const exemptRoutes = {
  grantExemption: defineRoute({
    ...admin,
    id: "budget.grant-exemption",
    path: "/api/v1/budget/accounts/:name/exemptions",
    status: 201,
    summary: "Let a person's work on an account and all below it in when the money is not there",
    body: grantExemptionBody,
    problems: ["budget.account-unknown", "budget.exemption-exists", "budget.exemption-span", "budget.exemption-own", "idempotency.mismatch"],
  }),
  withdrawExemption: defineRoute({
    ...admin,
    id: "budget.withdraw-exemption",
    path: "/api/v1/budget/accounts/:name/exemptions/withdraw",
    status: 200,
    summary: "Withdraw an exemption, or close break-glass; what it let in already stays",
    body: withdrawExemptionBody,
    problems: ["budget.account-unknown", "budget.exemption-unknown", "idempotency.mismatch"],
  }),
  listExemptions: defineRoute({
    id: "budget.list-exemptions",
    method: "GET",
    path: "/api/v1/budget/exemptions",
    tag,
    access: "person",
    status: 200,
    summary: "Exemptions and break-glass on the accounts I can see, the latest first",
    query: z.strictObject({ ...looking, all: z.stringbool().default(false).meta({ description: "Those that are over or withdrawn, too." }) }),
    reply: page(exemption),
    problems: ["budget.account-unknown"],
  }),
  listExemptionUses: defineRoute({
    id: "budget.list-exemption-uses",
    method: "GET",
    path: "/api/v1/budget/exemption-uses",
    tag,
    access: "person",
    status: 200,
    summary: "Work that an exemption or break-glass let in: who, when, what was asked and what was charged",
    query: z.strictObject(looking),
    reply: page(use),
    problems: ["budget.account-unknown"],
  }),
};

export type ExemptionView = z.output<typeof exemption>;
export type ExemptionUseView = z.output<typeof use>;
export type ExemptUseView = z.output<typeof exemptUse>;
