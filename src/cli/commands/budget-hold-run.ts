import { budgetRoutes, type HoldView } from "#budget/contract";
import { orphanRoutes } from "#job/contract";
import { addMs, EXIT, instantToIso, milliseconds, Problem } from "#kernel";
import type { PlainRun, RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { exemptText } from "./budget-exempt-run.ts";
import { isZero, localTime, money } from "../format.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { listTakes, placeTakes, recoverTakes, releaseTakes, settleTakes, showTakes } from "./budget-hold.ts";
import { noteMore } from "../pages.ts";

/** The answer's shape with -o json is that of POST /api/v1/budget/holds. */
export const placeHold: RunOf<typeof placeTakes> = async (context, { args, flags }) => {
  if (flags.for === undefined) throw new Problem("usage.missing", { detail: "--for is needed", fix: "Add --for SUBJECT: what it is reserved for." });
  const client = await context.client();
  const answer = await client.call(budgetRoutes.placeHold, {
    body: {
      account: args.account,
      amount: args.amount,
      unit: flags.unit ?? "USD",
      subject: flags.for,
      partition: flags.partition ?? null,
      expires_at: flags.expires ?? null,
      until: flags.until ?? null,
      charge_class: flags.class ?? null,
      quote: flags.quote ?? null,
    },
  });
  const { exempt, unit } = answer;
  await context.output.show(answer, () =>
    exempt === null
      ? `${money(answer.amount, unit)} reserved on ${args.account} as ${answer.hold_id}\n`
      : `${exemptText(exempt, unit)} on ${args.account} as ${answer.hold_id}\n`,
  );
};

/** The answer's shape with -o json is that of GET /api/v1/budget/holds: `{ items, next }`. */
export const listHolds: RunOf<typeof listTakes> = async (context, { flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listHolds, {
    query: {
      account: flags.account,
      person: flags.person,
      state: flags.open ? "open" : flags.state,
      placed_before: flags.olderThan === undefined ? undefined : instantToIso(addMs(context.clock.now(), milliseconds(-1000 * flags.olderThan))),
      limit: flags.limit,
      cursor: flags.after,
    },
  });
  await showHolds(context, answer);
};

export async function showHolds(context: Context, answer: { readonly items: readonly HoldView[]; readonly next: string | null }): Promise<void> {
  await context.output.show(answer, ({ style, columns }) =>
    renderTable(
      answer.items,
      [
        { head: "reserved", cell: (hold) => money(hold.amount, hold.unit), align: "right" },
        { head: "charged", cell: (hold) => money(hold.charged, hold.unit), align: "right" },
        { head: "still open", cell: (hold) => money(hold.remaining, hold.unit), align: "right" },
        { head: "state", cell: (hold) => hold.state },
        { head: "account", cell: (hold) => hold.account, minimum: 6 },
        { head: "person", cell: (hold) => hold.person, minimum: 6 },
        { head: "for", cell: (hold) => hold.subject, minimum: 12 },
        { head: "since", cell: (hold) => localTime(hold.created_at) },
      ],
      { style, columns },
    ),
  );
  if (answer.items.length === 0) context.output.note("Nothing is reserved.\n");
  noteMore(context.output, answer.next);
}

/** The answer's shape with -o json is that of GET /api/v1/budget/holds/:id. */
export const showHold: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const hold = await client.call(budgetRoutes.showHold, { params: { id: args.id } });
  const amount = (text: string) => money(text, hold.unit);
  await context.output.show(hold, ({ style, columns }) => {
    const facts = renderPairs(
      [
        ["account", hold.account],
        ["person", hold.person],
        ["for", hold.subject],
        ["state", hold.state],
        ["quote", hold.quote],
        ["reserved", hold.exempt === null ? amount(hold.amount) : exemptText(hold.exempt, hold.unit)],
        ["charged", amount(hold.charged)],
        ["still open", isZero(hold.remaining) ? null : amount(hold.remaining)],
        ["expected", hold.expected === null ? null : amount(hold.expected)],
        ["since", localTime(hold.created_at)],
        ["expires", hold.expires_at === null ? null : localTime(hold.expires_at)],
        ["ended", hold.closed_at === null ? null : localTime(hold.closed_at)],
      ],
      style,
      "  ",
    );
    const formula =
      hold.formula.length === 0 ? "  nobody said how the amount was worked out\n" : hold.formula.map((term) => `  ${termWords(hold, term)}\n`).join("");
    const charges = renderTable(
      hold.attempts,
      [
        { head: "attempt", cell: (one) => String(one.attempt), align: "right" },
        { head: "charged", cell: (one) => amount(one.charged), align: "right" },
        { head: "figure", cell: (one) => one.figure },
        { head: "at", cell: (one) => localTime(one.at) },
      ],
      { style, columns },
    );
    const funds = renderTable(
      hold.funds,
      [
        { head: "out of", cell: (one) => one.account },
        { head: "reserved", cell: (one) => amount(one.amount), align: "right" },
        { head: "still open", cell: (one) => amount(one.remaining), align: "right" },
        { head: "charged", cell: (one) => amount(one.charged), align: "right" },
      ],
      { style, columns },
    );
    return `${style.bold(hold.id)}\n${facts}${hold.funds.length === 0 ? "" : `\n${funds}`}\nHow it was worked out\n${formula}${hold.attempts.length === 0 ? "" : `\n${charges}`}`;
  });
};

/** One term as it can be worked out again with a pocket calculator. */
function termWords({ unit: kept, formula }: Pick<HoldView, "unit" | "formula">, term: HoldView["formula"][number]): string {
  const times = term.times === 1 ? "" : `${term.times} x `;
  if (term.resource === "service-unit")
    return `${money(term.amount, "SU")} = ${times}${money(term.dollars, "USD")} at $${term.rate} for 1 SU, rounded ${term.rounding} (${term.source}, ${term.dated})`;
  // What is converted after it is in dollars.
  const unit = formula.some((one) => one.resource === "service-unit") ? "USD" : kept;
  const spans = term.spans.map((span) => `${span.ms / 1000} s ${span.name}`).join(" + ");
  const dated = term.dated === null ? "" : `, ${term.dated}`;
  const free = term.free === null ? "" : ` free: ${term.free}`;
  return `${money(term.amount, unit)} = ${times}${term.count} ${term.resource} x (${spans}) x ${term.rate} ${unit} an hour, rounded ${term.rounding}${free} (${term.source}${dated})`;
}

/** The answer's shape with -o json is that of POST /api/v1/budget/holds/:id/settle. */
export const settleHold: RunOf<typeof settleTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.settleHold, {
    params: { id: args.id },
    body: {
      attempt: flags.attempt ?? 1,
      amount: args.amount,
      final: !flags.keep,
      figure: flags.figure ?? "metered",
      ...(flags.at === undefined ? {} : { at: flags.at }),
      note: flags.note ?? "",
      end_state: flags.endState,
    },
  });
  await context.output.show(answer, () => `${answer.charged} charged, ${answer.returned} given back${answer.replayed ? " (it was already)" : ""}\n`);
  if (!isZero(answer.refunded)) context.output.note(`${answer.refunded} of it was refunded, as the refund policy says for ${flags.endState ?? "its end"}\n`);
  if (!isZero(answer.overrun)) context.output.note(`${answer.overrun} of it is beyond a limit: overrun stops new work until somebody decides\n`);
};

/** The answer's shape with -o json is that of POST /api/v1/budget/holds/:id/release. */
export const releaseHold: RunOf<typeof releaseTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.releaseHold, { params: { id: args.id }, body: { note: flags.note ?? "given back by hand" } });
  await context.output.show(answer, () => `${answer.returned} is free again${answer.replayed ? " (it was already)" : ""}\n`);
};

/** The answer's shape with -o json is that of GET /api/v1/budget/recovery. Exit code 1 when something could not be put right. */
export const recoverBooks: RunOf<typeof recoverTakes> = async (context, { flags }) => {
  const client = await context.client();
  const apply = flags.apply && !context.shared.dryRun;
  const answer = apply ? await client.call(orphanRoutes.recoverOrphans, { body: {} }) : await client.call(orphanRoutes.findOrphans, {});
  await context.output.show(answer, ({ style, columns }) =>
    answer.found === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "what", cell: (one) => one.kind },
            { head: "amount", cell: (one) => money(one.amount, one.unit), align: "right" },
            { head: "account", cell: (one) => one.account, minimum: 6 },
            { head: "job", cell: (one) => one.job ?? "" },
            { head: "since", cell: (one) => localTime(one.since) },
            { head: apply ? "done" : "would be done", cell: (one) => (one.code === null ? one.action : `refused: ${one.code}`), minimum: 20 },
          ],
          { style, columns },
        ),
  );
  if (answer.found === 0) context.output.note("Reservations and jobs agree.\n");
  else if (!apply) context.output.note("Nothing was changed. headgate budget recover --apply does it.\n");
  return apply && answer.done < answer.found ? EXIT.failed : EXIT.ok;
};

/** The answer's shape with -o json is that of GET /api/v1/budget/verify. Exit code 1 when something does not hold. */
export const verifyBooks: PlainRun = async (context) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.verify, {});
  await context.output.show(answer, ({ style }) => {
    const lines = answer.checks.map((check) => {
      const verdict = check.ok ? style.green("holds ") : style.red("broken");
      const faults = check.faults.map((fault) => `        ${fault}\n`).join("") + (check.more === 0 ? "" : `        and ${check.more} more\n`);
      return `${verdict}  ${check.name}  ${style.dim(`${check.checked} looked at`)}\n${faults}`;
    });
    return `${lines.join("")}${answer.entries} entries in ${answer.seconds} s, ${answer.entries_per_second} a second\n`;
  });
  return answer.ok ? EXIT.ok : EXIT.failed;
};
