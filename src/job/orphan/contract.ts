import { z } from "zod";
import { defineRoute, UUID } from "#kernel";

const orphanShape = z
  .strictObject({
    kind: z.enum(["ended-open", "unknown-job", "unsettled", "unheld", "runs-without", "expired-open"]),
    hold: z.string().regex(UUID).nullable(),
    job: z.string().nullable().meta({ description: "The job's number, when the job is there." }),
    account: z.string(),
    person: z.string(),
    unit: z.enum(["USD", "SU"]),
    amount: z.string(),
    since: z.string(),
    action: z.string().meta({ description: "What is done about it." }),
    done: z.boolean(),
    code: z.string().nullable().meta({ description: "Why it could not be done." }),
  })
  .meta({ id: "BudgetOrphan" });

const orphansShape = z.strictObject({ found: z.int().min(0), done: z.int().min(0), items: z.array(orphanShape) }).meta({ id: "BudgetOrphans" });

const route = { path: "/api/v1/budget/recovery", tag: "job", access: "admin", status: 200, reply: orphansShape } as const;

export const orphanRoutes = {
  findOrphans: defineRoute({ ...route, id: "job.find-orphans", method: "GET", summary: "Where reservations and jobs do not agree", problems: [] }),
  recoverOrphans: defineRoute({
    ...route,
    id: "job.recover-orphans",
    method: "POST",
    idempotent: true,
    summary: "Put right where reservations and jobs do not agree",
    body: z.strictObject({}),
    problems: ["overloaded"],
  }),
};
