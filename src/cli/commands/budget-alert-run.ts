import { setTimeout as pause } from "node:timers/promises";
import { alertRoutes, type AlertMessageView, type AlertRuleView, type AlertSummaryView, type AlertView } from "#alert/contract";
import { budgetRoutes } from "#budget/contract";
import { Problem } from "#kernel";
import type { RunOf } from "../command.ts";
import { count, localTime } from "../format.ts";
import { needed } from "../needed.ts";
import { noteMore } from "../pages.ts";
import { renderTable } from "../table.ts";
import type { View } from "../output.ts";
import type { acknowledgeTakes, historyTakes, liftTakes, listTakes, setTakes, showTakes, testTakes } from "./budget-alert.ts";

/*
 * With -o json set gives the rule, list and history `{ items, next }`, show, lift and acknowledge the alert with its messages, test `{ items }`, the messages that were sent.
 */

const MEASURES = ["spent", "committed", "projected", "runs-out", "anomaly"] as const;
const ACTIONS = ["notify", "approval", "stop", "hold", "off"] as const;
/** Arriving takes a moment; what is not there by then is said to be on its way. */
const WAIT_MS = 10_000;
const LOOK_MS = 250;

const UNITS: Readonly<Record<AlertRuleView["measure"], string>> = {
  "spent": " %",
  "committed": " %",
  "projected": " %",
  "runs-out": " days",
  "anomaly": " spreads",
};

const ruleText = (one: Pick<AlertRuleView, "measure" | "threshold">) => `${one.measure}:${one.threshold}`;

export const setRule: RunOf<typeof setTakes> = async (context, { args, flags }) => {
  const [, named = "", number = ""] = /^([a-z-]+):(\d{1,4})$/.exec(args.rule) ?? [];
  const measure = MEASURES.find((one) => one === named);
  if (measure === undefined)
    throw new Problem("usage.value", {
      detail: `${args.rule} is no rule`,
      fix: `Say a measure and a number: ${MEASURES.map((one) => `${one}:N`).join(", ")}.`,
    });
  const action = ACTIONS.find((one) => one === args.action);
  if (action === undefined) throw new Problem("usage.value", { detail: `${args.action} is no action`, fix: `Say one of ${ACTIONS.join(", ")}.` });
  if (action !== "off" && flags.to.length === 0)
    throw new Problem("usage.missing", { detail: "--to is needed: somebody has to be told", fix: "Add --to mail:ADDRESS, --to webhook or --to slack." });
  const reason = needed("--reason", flags.reason);
  const body = { measure, threshold: Number(number), action, destinations: [...flags.to], margin: flags.margin, severity: flags.severity, reason };
  const client = await context.client();
  const answer = await client.call(alertRoutes.setAlertRule, { params: { name: args.account }, body });
  await context.output.show(answer, () => {
    if (action === "off") return `${answer.account} is no longer watched for ${ruleText(answer)}\n`;
    const rings = answer.ringing === null ? "" : `It rings already, as alert ${answer.ringing}.\n`;
    const turned = answer.measure === "runs-out" ? answer.threshold + answer.margin : answer.threshold - answer.margin;
    const again = `${answer.measure === "runs-out" ? "above" : "below"} ${turned}${UNITS[answer.measure]}`;
    return `${answer.account} rings at ${ruleText(answer)}${UNITS[answer.measure]}: ${answer.action}, to ${answer.destinations.join(", ")}\nIt can ring again once it was ${again}.\n${rings}`;
  });
};

export const listRules: RunOf<typeof listTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(alertRoutes.listAlertRules, { query: { account: args.account, limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "account", cell: (one) => one.account, minimum: 6 },
            { head: "rule", cell: ruleText },
            { head: "action", cell: (one) => one.action },
            { head: "now", cell: (one) => (one.ringing === null ? "quiet" : `rings (${one.ringing})`) },
            { head: "tells", cell: (one) => one.destinations.join(" "), minimum: 8 },
            { head: "set by", cell: (one) => one.person },
            { head: "since", cell: (one) => localTime(one.since) },
            { head: "why", cell: (one) => one.reason, minimum: 8 },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0)
    context.output.note("Nothing is watched. headgate budget alert set ACCOUNT spent:80 notify --to mail:ADDRESS --reason '...' sets the first rule.\n");
  noteMore(context.output, answer.next);
};

export const listAlerts: RunOf<typeof historyTakes> = async (context, { args, flags }) => {
  if (args.account !== undefined && flags.award !== undefined)
    throw new Problem("usage.value", { detail: "an account and --award are two", fix: "Name one of them: an award has one account." });
  const client = await context.client();
  const ofAward = flags.award === undefined ? undefined : (await client.call(budgetRoutes.showAward, { params: { number: flags.award } })).account;
  const query = { account: args.account ?? ofAward, severity: flags.severity, state: flags.state, limit: flags.limit, cursor: flags.after };
  const answer = await client.call(alertRoutes.listAlerts, { query });
  await context.output.show(answer, (view) => (answer.items.length === 0 ? "" : alertTable(answer.items, view)));
  if (answer.items.length === 0) context.output.note("Nothing rang.\n");
  noteMore(context.output, answer.next);
};

function alertTable(items: readonly AlertSummaryView[], { style, columns }: View): string {
  return renderTable(
    items,
    [
      { head: "alert", cell: (one) => one.number, align: "right" },
      { head: "rang", cell: (one) => localTime(one.raised_at) },
      { head: "account", cell: (one) => one.account, minimum: 6 },
      { head: "rule", cell: ruleText },
      { head: "severity", cell: (one) => one.severity },
      { head: "state", cell: (one) => one.state },
      { head: "action", cell: (one) => one.action },
      { head: "told", cell: (one) => (one.waiting === 0 ? "yes" : `${count(one.waiting, "message")} on the way`) },
      { head: "seen by", cell: (one) => one.acknowledged?.person ?? "" },
    ],
    { style, columns },
  );
}

export const showAlert: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(alertRoutes.showAlert, { params: { number: args.number } });
  await context.output.show(answer, (view) => alertText(answer, view));
};

export const liftAlert: RunOf<typeof liftTakes> = async (context, { args, flags }) => {
  const reason = needed("--reason", flags.reason);
  const client = await context.client();
  const answer = await client.call(alertRoutes.liftAlert, { params: { number: args.number }, body: { reason } });
  await context.output.show(
    answer,
    () => `${answer.account} goes on: alert ${answer.number} is lifted\nAnother alert may stop it still: headgate budget explain ${answer.account}\n`,
  );
};

export const acknowledgeAlert: RunOf<typeof acknowledgeTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(alertRoutes.acknowledgeAlert, { params: { number: args.number }, body: { notes: flags.notes ?? "" } });
  await context.output.show(answer, () => `alert ${answer.number} of ${answer.account} was seen by ${answer.acknowledged?.person ?? "nobody"}\n`);
};

/** Waits a while for the messages to arrive, and says of each whether it did. */
export const testAlert: RunOf<typeof testTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const sent = await client.call(alertRoutes.testAlert, { params: { name: args.account }, body: { destinations: [...flags.to] } });
  const ids = new Set(sent.items.map(({ id }) => id));
  let items = sent.items;
  for (let waited = 0; waited < WAIT_MS && items.some(open) && !context.signal.aborted; waited += LOOK_MS) {
    await pause(LOOK_MS, undefined, { signal: context.signal }).catch(() => undefined);
    items = (await client.call(alertRoutes.listTests, { params: { name: args.account } })).items.filter(({ id }) => ids.has(id));
  }
  await context.output.show({ items }, (view) => messageTable(items, view));
  if (items.some(open)) context.output.note("What has not arrived is tried again until it does: headgate budget alert history shows alerts that wait.\n");
};

const open = (one: AlertMessageView) => one.sent_at === null && one.refused_at === null && one.fault === null;

function messageTable(items: readonly AlertMessageView[], { style, columns }: View): string {
  return renderTable(
    items,
    [
      { head: "to", cell: (one) => one.destination, minimum: 8 },
      { head: "about", cell: (one) => one.event },
      { head: "arrived", cell: (one) => (one.sent_at !== null ? localTime(one.sent_at) : one.refused_at !== null ? "refused for good" : "not yet") },
      { head: "tries", cell: (one) => String(one.attempts), align: "right" },
      { head: "trouble", cell: (one) => one.fault ?? "", minimum: 8 },
    ],
    { style, columns },
  );
}

function alertText(alert: AlertView, view: View): string {
  const { style } = view;
  const lines = [
    `${style.bold(alert.words)}`,
    `  alert      ${alert.number}, ${alert.severity}, since ${localTime(alert.raised_at)}`,
    `  action     ${alert.action}`,
  ];
  if (alert.lifted !== null) lines.push(`  lifted     ${localTime(alert.lifted.at)} by ${alert.lifted.person}: ${alert.lifted.reason}`);
  if (alert.cleared_at !== null) lines.push(`  over       ${localTime(alert.cleared_at)}`);
  if (alert.acknowledged !== null)
    lines.push(`  seen       ${localTime(alert.acknowledged.at)} by ${alert.acknowledged.person} ${alert.acknowledged.notes}`.trimEnd());
  const next = alert.state === "ringing" && alert.action !== "notify" ? `\nheadgate budget alert lift ${alert.number} --reason '...' lets it go on.\n` : "";
  return `${lines.join("\n")}\n\n${messageTable(alert.messages, view)}${next}`;
}
