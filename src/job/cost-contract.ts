import { z } from "zod";

/** What a job cost, line by line. */

export const amountShape = z.string().describe("Decimal text with two to six decimals.");
export const unitShape = z.enum(["USD", "SU"]);
export const figureShape = z.enum(["estimated", "metered", "billed", "invoiced"]);

const costLineShape = z.object({
  task: z.int().nullable(),
  attempt: z.int(),
  cores: z.int(),
  elapsed_ms: z.number(),
  charged: amountShape,
  refunded: amountShape.describe("What was given back of it."),
  figure: figureShape,
  formula: z.string(),
});

export const costShape = z.object({
  job: z.string(),
  project: z.string(),
  unit: unitShape,
  reserved: amountShape,
  reserved_indirect: amountShape.describe("What of it is for the indirect cost that an award adds."),
  reserved_formula: z.string(),
  exempt: z.string().nullable().describe("Why nothing was reserved: an exemption let it in."),
  charged: amountShape.describe("The direct cost."),
  indirect: amountShape.describe("What was charged beside it as indirect cost."),
  refunded: amountShape.describe("What was given back of the charges: by the refund policy for how it ended, or because somebody decided it."),
  returned: amountShape,
  open: amountShape.describe("Still reserved."),
  overrun: amountShape,
  figure: figureShape,
  settled: z.boolean(),
  lines: z.array(costLineShape).describe("At most 1,000, oldest first."),
});
