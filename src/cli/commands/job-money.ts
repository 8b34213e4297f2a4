import { jobRoutes, type JobCost } from "#job/contract";
import type { RunOf } from "../command.ts";
import { ago, isZero, localTime, money } from "../format.ts";
import { jobReference } from "../job-reference.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { costTakes, whyTakes } from "./job.ts";

/** The answer's shape with -o json is that of GET /api/v1/jobs/:job/cost. */
export const showCost: RunOf<typeof costTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(jobRoutes.cost, { params: { job: jobReference(args.job) } });
  const amount = (text: string) => money(text, answer.unit);
  await context.output.show(answer, (view) => {
    const { style } = view;
    const several = answer.lines.length > 1;
    const lines = several
      ? `\n${renderTable(
          answer.lines,
          [
            { head: answer.lines.some((line) => line.task !== null) ? "task" : "", cell: (line) => String(line.task ?? ""), align: "right" },
            { head: "attempt", cell: (line) => String(line.attempt), align: "right" },
            { head: "charged", cell: (line) => amount(line.charged), align: "right" },
            ...(isZero(answer.refunded)
              ? []
              : [{ head: "refunded", cell: (line: JobCost["lines"][number]) => amount(line.refunded), align: "right" as const }]),
            { head: "how", cell: (line) => line.formula },
            { head: "figure", cell: (line) => line.figure },
          ],
          { style, columns: null },
        )}`
      : "";
    return [
      `${style.bold(`job ${answer.job}`)}  on project ${answer.project}${answer.settled ? "" : "   not settled yet"}\n`,
      renderPairs(
        [
          ["reserved", answer.exempt === null ? `${amount(answer.reserved)}   ${answer.reserved_formula}` : answer.exempt],
          ["charged", `${amount(answer.charged)}   ${several ? answer.figure : (answer.lines[0]?.formula ?? "nothing has run")}`],
          [
            "indirect cost",
            isZero(answer.reserved_indirect) && isZero(answer.indirect)
              ? null
              : `${amount(answer.indirect)} of ${amount(answer.reserved_indirect)} reserved for it`,
          ],
          ["refunded", isZero(answer.refunded) ? null : amount(answer.refunded)],
          ["returned", amount(answer.returned)],
          ["still reserved", isZero(answer.open) ? null : amount(answer.open)],
          ["overrun", isZero(answer.overrun) ? null : style.red(amount(answer.overrun))],
        ],
        style,
        "  ",
      ),
      lines,
    ].join("");
  });
};

/** The answer's shape with -o json is that of GET /api/v1/jobs/:job/why. */
export const showWhy: RunOf<typeof whyTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(jobRoutes.why, { params: { job: jobReference(args.job) } });
  await context.output.show(answer, ({ style }) => {
    const waits = answer.waits.map((wait) => [wait.kind, `${wait.ok ? style.dim("no: ") : ""}${wait.words}`] as const);
    return [
      `${answer.headline}\n`,
      renderPairs(waits, style, "  "),
      answer.starts_about === null ? "" : `It should start about ${localTime(answer.starts_about)}.\n`,
    ].join("");
  });
  context.output.note(`Last looked ${ago(answer.looked_at, context.clock.now())}.\n`);
};
