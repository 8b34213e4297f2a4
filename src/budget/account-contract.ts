import { z } from "zod";
import { NAME, parseInstant } from "#kernel";
import { amountText, lineText, moneyUnit } from "#price/contract";
import { accountKind, accountName, accountStatus, balanceFields, changeAmount, instantText, limitAmount, personName, reserveFields } from "./wire-contract.ts";

/** Accounts on the wire. */

export const accountView = z
  .strictObject({
    name: accountName,
    title: z.string(),
    kind: accountKind,
    parent: accountName.nullable(),
    depth: z.int().min(0),
    status: accountStatus,
    stopped: z.enum(["approval", "new", "pending"]).nullable().meta({
      description:
        "That an alert stopped new work on it: until somebody approves, until it is over or lifted, and jobs that wait stay where they are, too. Null: none did.",
    }),
    starts_at: instantText.nullable(),
    ends_at: instantText.nullable(),
    slurm_account: z.string().nullable(),
    at_risk: z
      .strictObject({ reason: z.string(), approver: z.string() })
      .nullable()
      .meta({ description: "Of an advance account: why what nobody has granted yet may be spent, and who approved it." }),
    ...reserveFields,
    managers: z.array(z.string()),
    members: z.array(z.string()),
    pi: z.string().nullable().meta({ description: "Who answers for it." }),
    delegates: z
      .array(z.strictObject({ person: z.string(), from: instantText.nullable(), until: instantText.nullable(), appointed_by: z.string() }))
      .meta({ description: "Who may do what its PI may, and when; also those whose time is to come or over." }),
    ...balanceFields,
    can_commit: amountText.meta({ description: "What a new commitment can be at most now, every level above included." }),
    binding: accountName.meta({ description: "The level that sets can_commit." }),
  })
  .meta({ id: "BudgetAccount" });

const newAccount = z.strictObject({
  name: accountName,
  title: lineText(1, 200).optional(),
  kind: accountKind,
  parent: accountName.nullable().default(null),
  unit: moneyUnit.default("USD"),
  allocated: limitAmount.default("0"),
  starts_at: instantText.nullable().default(null),
  ends_at: instantText.nullable().default(null),
  slurm_account: z.string().regex(NAME).nullable().default(null),
  reason: lineText(1, 500).optional().meta({ description: "Why; an advance account needs it." }),
  approver: personName.optional().meta({ description: "Who approved it; an advance account needs it." }),
  managers: z.array(z.string().regex(NAME)).max(1000).default([]),
  members: z.array(z.string().regex(NAME)).max(1000).default([]),
});

/** An account that ends before it starts is a typing mistake in one of the two. */
export const createAccountBody = newAccount.superRefine(({ starts_at: from, ends_at: to, kind, reason, approver }, context) => {
  if (kind === "advance" && (reason === undefined || approver === undefined)) {
    const path = [reason === undefined ? "reason" : "approver"];
    context.addIssue({
      code: "custom",
      path,
      message: "an advance account is spent at risk: it needs a reason and an approver",
      params: { code: "key.missing" },
    });
  }
  if (from === null || to === null || (parseInstant(to) ?? 0) > (parseInstant(from) ?? 0)) return;
  context.addIssue({ code: "custom", path: ["ends_at"], message: `must be after starts_at, ${from}`, params: { code: "value.range" } });
});

export const allocateBody = z.strictObject({
  amount: changeAmount.meta({ description: "What is given; negative takes back what is still free." }),
  through: z.boolean().default(false).meta({ description: "Give the same to every level above, so that the project can use it." }),
  reason: lineText(1, 500),
});
