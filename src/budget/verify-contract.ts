import { z } from "zod";
import { defineRoute } from "#kernel";

const verified = z
  .strictObject({
    ok: z.boolean(),
    entries: z.int().min(0).meta({ description: "Entries of the journal that were sealed again." }),
    seconds: z.number().min(0),
    entries_per_second: z.int().min(0),
    checks: z.array(
      z.strictObject({
        name: z.string(),
        checked: z.int().min(0),
        ok: z.boolean(),
        faults: z.array(z.string()).meta({ description: "What is wrong and where, the first hundred." }),
        more: z.int().min(0).meta({ description: "How many more there are." }),
      }),
    ),
  })
  .meta({ id: "BudgetVerified" });

export type Verified = z.output<typeof verified>;

export const verifyRoutes = {
  verify: defineRoute({
    id: "budget.verify",
    method: "GET",
    path: "/api/v1/budget/verify",
    tag: "budget",
    access: "admin",
    status: 200,
    summary: "Add every balance up again from the journal, and seal the journal again: what does not hold, and where",
    reply: verified,
    problems: [],
  }),
};
