import { z } from "zod";
import { NAME, parseInstant, parseMicros, UUID, type ProblemCode } from "#kernel";
import { amountText, moneyUnit } from "#price/contract";

export { lineText } from "#price/contract";

/** A year before computers is a typing mistake, and the ledger keeps none. */
const INSTANT_MIN = Date.UTC(1970, 0, 1);

/** RFC 3339 in UTC, of the years 1970 to 9999. */
export const instantText = z
  .string()
  .refine((text) => (parseInstant(text) ?? -1) >= INSTANT_MIN, "not a time such as 2026-12-31T18:00:00Z, of the years 1970 to 9999");

export const accountName = z.string().regex(NAME);
export const personName = z.string().regex(NAME);

/** What one movement can be at most, and what an account can be given. */
const MOVEMENT_MAX = 1_000_000_000;
const LIMIT_MAX = 1_000_000_000_000;
const MICROS = 1_000_000n;

function within(most: number, negative: boolean) {
  return (text: string, context: z.RefinementCtx): void => {
    if (text.startsWith("-") && !negative) context.addIssue({ code: "custom", message: "must not be negative" });
    const amount = parseMicros(text);
    const bound = BigInt(most) * MICROS;
    const code: ProblemCode = "value.range";
    if (amount === undefined || amount > bound || amount < -bound) context.addIssue({ code: "custom", message: `must be at most ${most}`, params: { code } });
  };
}

export const positiveAmount = amountText.superRefine(within(MOVEMENT_MAX, false));
export const limitAmount = amountText.superRefine(within(LIMIT_MAX, false));
/** Given when positive, taken back when negative. */
export const changeAmount = amountText.superRefine(within(LIMIT_MAX, true));

/** A page is bounded whatever the caller asks. */
export const limit = z.coerce.number().int().min(1).max(500).default(100);
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
/** When money is reserved for a job. */
export const reserveAt = z.enum(["submission", "start"]);

export const accountStatus = z.enum(["open", "frozen", "closed"]).meta({ id: "BudgetAccountStatus" });
export const holdState = z.enum(["open", "settled", "released", "expired"]).meta({ id: "BudgetHoldState" });
/** How good a figure is. */
export const figureQuality = z.enum(["estimated", "metered", "billed", "invoiced"]).meta({ id: "BudgetFigureQuality" });

/** What an account, or a limit inside one, may commit and has committed; everything below it counts. */
export const balanceFields = {
  unit: moneyUnit,
  allocated: amountText,
  spent: amountText,
  reserved: amountText.meta({ description: "Held for work that is queued or running." }),
  leased: amountText.meta({ description: "Set aside for a gate that decides by itself." }),
  overrun: amountText.meta({ description: "What truth posted beyond the limit. While it is not 0 nothing new can be committed." }),
  free: amountText.meta({ description: "allocated - spent - reserved - leased; negative while overrun." }),
};

export const byName = z.strictObject({ name: accountName });
export const byId = z.strictObject({ id: z.string().regex(UUID) });

/** What a new commitment is refused with, whether it is a reservation or more of one. */
export const COMMITMENT_REFUSED = [
  "budget.insufficient",
  "budget.overrun",
  "budget.frozen",
  "budget.approval-needed",
  "budget.stopped",
  "budget.closed",
  "budget.not-started",
  "budget.ended",
  "budget.crosses-end",
] as const satisfies readonly ProblemCode[];

/** What a charge is for, as indirect rates tell it apart: compute, storage, cloud. */
export const chargeClass = z
  .string()
  .regex(NAME)
  .meta({ description: "The class of a charge, such as compute, storage or cloud, by which its award adds indirect cost." });

export const reserveFields = {
  reserve_at: reserveAt.meta({ description: "When money is reserved for its jobs." }),
  reserve_at_from: accountName.nullable().meta({ description: "The account that says so: itself or the nearest above; null where none says anything." }),
};
