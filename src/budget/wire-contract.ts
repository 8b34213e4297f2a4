import { z } from "zod";
import { NAME, parseInstant } from "#kernel";
import { amountText } from "#price/contract";

/** RFC 3339 in UTC. */
export const instantText = z.string().refine((text) => parseInstant(text) !== undefined, "not a time such as 2026-12-31T18:00:00Z");
export const accountName = z.string().regex(NAME);
export const positiveAmount = amountText.refine((text) => !text.startsWith("-"), "must not be negative");

/** A page is bounded whatever the caller asks. */
const limit = z.coerce.number().int().min(1).max(500).default(100);
/** Cursors: an account's names along its path, and the number of a transaction. */
export const accountsPage = {
  cursor: z
    .string()
    .regex(/^[a-z0-9_./-]{1,1000}$/)
    .optional(),
  limit,
};
export const numbersPage = {
  cursor: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  limit,
};

export function page<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next: z.string().nullable() });
}

export const accountKind = z.enum(["institution", "department", "project", "person", "overhead", "advance"]).meta({ id: "BudgetAccountKind" });
export const accountStatus = z.enum(["open", "frozen", "closed"]).meta({ id: "BudgetAccountStatus" });
export const holdState = z.enum(["open", "settled", "released", "expired"]).meta({ id: "BudgetHoldState" });
/** How good a figure is. */
export const figureQuality = z.enum(["estimated", "metered", "billed", "invoiced"]).meta({ id: "BudgetFigureQuality" });
