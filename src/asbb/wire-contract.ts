import { z } from "zod";
import { NAME, parseInstant, parseMicros } from "#kernel";

/** What the bodies and answers of asbb's routes are made of. */

/** Below a billion dollars a JSON number says every micro-dollar. */
const DOLLARS_MAX = 999_999_999;

/** Dollars as a number or as text. A number is read by its shortest decimal form, so 0.1 is a tenth. */
export const dollarsIn = z.union([z.number(), z.string().max(40)]).superRefine((given, context) => {
  const amount = parseMicros(String(given));
  if (amount === undefined)
    context.addIssue({ code: "custom", message: "is not an amount of dollars with at most six decimals", params: { code: "value.money" } });
  else if (amount < 0n) context.addIssue({ code: "custom", message: "must not be negative", params: { code: "value.range" } });
  else if (amount > BigInt(DOLLARS_MAX) * 1_000_000n)
    context.addIssue({ code: "custom", message: `must be at most ${DOLLARS_MAX}`, params: { code: "value.range" } });
});
export const dollars = z.number();
export const accountName = z.string().regex(NAME);
export const word = z.string().min(1).max(200);
export const instantOut = z.string();

/** A moment, or a day. */
export const momentIn = z
  .string()
  .refine((text) => parseInstant(text) !== undefined || (/^\d{4}-\d\d-\d\d$/.test(text) && parseInstant(`${text}T00:00:00Z`) !== undefined), {
    message: "is not a day or a time such as 2026-12-31 or 2026-12-31T18:00:00Z",
    params: { code: "value.time" },
  });

export const grantNumber = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);

export const reconcileReply = z
  .strictObject({
    success: z.boolean(),
    original_hold: dollars,
    actual_charge: dollars,
    refund_amount: dollars.meta({ description: "What of the reservation was given back." }),
    transaction_id: z.string(),
    message: z.string(),
  })
  .meta({ id: "AsbbReconcile" });

export type AsbbReconcile = z.output<typeof reconcileReply>;
