import { z } from "zod";
import { lineFault } from "#kernel";

/** An amount on the wire: a plain decimal with at most six decimals, e.g. "119.999928". Never a JSON number, which would be a float. */
export const amountText = z
  .string()
  .regex(/^-?\d{1,13}(\.\d{1,6})?$/)
  .meta({ description: "A decimal with at most six decimals, as text." });

/** A price per hour of one unit on the wire: at most nine decimals, not negative. */
export const rateText = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,9})?$/)
  .meta({ description: "A price per hour with at most nine decimals, as text." });

export const moneyUnit = z.enum(["USD", "SU"]);

/** What is paid for by the hour. */
export const pricedResource = z.enum(["core", "memory-gib", "gpu"]);

/** A text on one line that people read: a reason, a note, a title. */
export function lineText(charactersMin: number, charactersMax: number) {
  return z.string().min(charactersMin).max(charactersMax).superRefine(refuseBrokenLine);
}

function refuseBrokenLine(text: string, context: z.RefinementCtx): void {
  const fault = lineFault(text);
  if (fault !== null) context.addIssue({ code: "custom", message: fault });
}

/** A length of time that counts into a price, with the word people read beside it. */
export const timeSpan = z.strictObject({
  name: lineText(1, 60).meta({ description: "What this time is, e.g. time limit, grace, measured." }),
  ms: z.int().min(0),
});

/**
 * One line of the calculation behind a figure, complete enough to be printed and to be checked:
 * amount = times x round(count x sum of spans x rate).
 */
const pricedTerm = z.strictObject({
  resource: pricedResource,
  count: z.int().min(1).meta({ description: "How many cores, GiB or GPUs." }),
  spans: z.array(timeSpan).min(1).max(8),
  times: z.int().min(1).meta({ description: "How often this is reserved: array tasks times attempts." }),
  rate: rateText,
  free: lineText(1, 200).nullable().meta({ description: "Why the rate is 0; null when it is not free." }),
  source: lineText(1, 200).meta({ description: "Where the rate comes from." }),
  dated: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .nullable()
    .meta({ description: "The day the rate was set." }),
  rounding: z.enum(["up", "half-even"]),
  amount: amountText,
});

/**
 * What the lines before it come to in dollars, in service units: amount = times x round(dollars / rate). With it the formula comes to its amount alone.
 */
const conversionTerm = z.strictObject({
  resource: z.literal("service-unit"),
  dollars: amountText.meta({ description: "What the lines before come to, once." }),
  times: z.int().min(1).meta({ description: "How often this is reserved: array tasks times attempts." }),
  rate: rateText.meta({ description: "Dollars for one service unit." }),
  source: lineText(1, 200).meta({ description: "Where the rate comes from, and who approved it." }),
  dated: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .meta({ description: "The day from which the rate holds." }),
  rounding: z.enum(["up", "half-even"]),
  amount: amountText,
});

export const formulaTerm = z.discriminatedUnion("resource", [pricedTerm, conversionTerm]);

export type PricedTerm = Readonly<z.output<typeof pricedTerm>>;
export type ConversionTerm = Readonly<z.output<typeof conversionTerm>>;

/** Plain JSON: stored with a hold as it is, and sent as it is. */
export type FormulaTerm = Readonly<z.output<typeof formulaTerm>>;
