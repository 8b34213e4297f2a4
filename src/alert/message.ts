import { formatMoney, instantToIso, micros, type Instant, type MoneyUnit } from "#kernel";
import type { AlertMessageView, AlertRuleView, AlertSummaryView } from "./contract.ts";

/*
 * What is said about an alert, in one sentence, as a mail, a CloudEvent and a line for Slack. All are made from the facts that stand in the outbox, so that a message which is
 * sent a day late says what was true when it rang.
 */

/** The money of the account and what else was measured; amounts in micros as text. Which are there depends on the measure. */
export type Found = {
  readonly allocated?: string;
  readonly spent?: string;
  readonly reserved?: string;
  readonly leased?: string;
  /** The day on which money runs out, or the one an anomaly is of. */
  readonly day?: string;
  readonly end?: string;
  /** What was spent on that day, what usually is, and the usual spread of it. */
  readonly amount?: string;
  readonly usual?: string;
  readonly spread?: string;
};

export type AlertFacts = {
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly measure: AlertRuleView["measure"];
  readonly threshold: number;
  readonly action: AlertSummaryView["action"];
  readonly severity: AlertRuleView["severity"];
  readonly value: number;
  readonly by: string;
  readonly why: string;
  readonly found: Found | null;
};
export type TestFacts = Pick<AlertFacts, "account" | "unit" | "by">;

type Common = { readonly id: string; readonly destination: string; readonly place: bigint; readonly at: Instant };
export type Message = Common &
  (
    | { readonly event: "test"; readonly alert: null; readonly facts: TestFacts }
    | { readonly event: Exclude<AlertMessageView["event"], "test">; readonly alert: string; readonly facts: AlertFacts }
  );

const TYPES = {
  raised: "org.headgate.alert.raised",
  cleared: "org.headgate.alert.cleared",
  lifted: "org.headgate.alert.lifted",
  test: "org.headgate.alert.test",
};

/** What was measured, with the figures behind it. */
export function measuredWords(one: Pick<AlertFacts, "account" | "unit" | "measure" | "threshold" | "value" | "found">): string {
  const { account, unit, threshold, value } = one;
  const found = one.found ?? {};
  const money = (amount: string | undefined) => (amount === undefined ? "?" : formatMoney(micros(BigInt(amount)), unit));
  const percent = `${Math.floor(value * 10) / 10} %`;
  switch (one.measure) {
    case "spent":
      return `${account} has spent ${percent} of its budget: ${money(found.spent)} of ${money(found.allocated)} (rings at ${threshold} %)`;
    case "committed":
      return `${account} has committed ${percent} of its budget: ${money(found.spent)} spent, ${money(found.reserved)} reserved${leasedWords(found.leased, money)}, of ${money(found.allocated)} (rings at ${threshold} %)`;
    case "projected":
      return `${account} will have spent about ${percent} of its budget of ${money(found.allocated)} by ${found.end ?? "its end"} (rings at ${threshold} %)`;
    case "runs-out":
      return `${account} runs out of money about ${found.day ?? "soon"}, in ${count(Math.max(0, Math.round(value)), "day")} (rings at ${count(threshold, "day")})`;
    case "anomaly":
      return `${account} spent ${money(found.amount)} on ${found.day ?? "one day"}; usual is ${money(found.usual)}, give or take ${money(found.spread)} (rings at ${threshold} times that)`;
  }
}

const ACTIONS: Readonly<Record<AlertFacts["action"], string>> = {
  notify: "Nothing was stopped.",
  approval: "New work waits for the approval of somebody who manages the account.",
  stop: "New work is refused until an administrator lifts it.",
  hold: "New work is refused and jobs that have not started stay queued, until an administrator lifts it.",
};

/** One line, without a full stop. */
export function subjectOf(message: Message): string {
  switch (message.event) {
    case "test":
      return `test of the alerts of ${message.facts.account}`;
    case "raised":
      return `${message.facts.severity}: ${measuredWords(message.facts)}`;
    case "cleared":
      return `over: ${message.facts.account}, ${ruleWords(message.facts)}`;
    case "lifted":
      return `lifted by ${message.facts.by}: ${message.facts.account}, ${ruleWords(message.facts)}`;
  }
}

/** The rest, in lines. */
export function textOf(message: Message): string {
  const when = `${instantToIso(message.at).slice(0, 16).replace("T", " ")} UTC`;
  switch (message.event) {
    case "test":
      return `${message.facts.by} asked for this message to see that alerts of ${message.facts.account} arrive here. Nothing has happened.\nSent for ${when}.\n`;
    case "raised": {
      const next =
        message.facts.action === "notify" ? `headgate budget explain ${message.facts.account}` : `headgate budget alert lift ${message.alert} --reason '...'`;
      return `${measuredWords(message.facts)}.\n${ACTIONS[message.facts.action]}\nAlert ${message.alert}, ${when}. Next: ${next}\n`;
    }
    case "cleared":
      return `The alert ${message.alert} of ${message.facts.account} is over (${ruleWords(message.facts)}): ${message.facts.why}. What it had stopped goes on, where no other alert stops it.\n${when}\n`;
    case "lifted":
      return `${message.facts.by} lets ${message.facts.account} go on (${ruleWords(message.facts)}): ${message.facts.why}.\nAlert ${message.alert}, ${when}\n`;
  }
}

/** A CloudEvent (1.0, structured JSON). `sequence` is the place among the messages to this destination, so that a receiver can tell a late one. */
export function cloudEvent(message: Message, source: string): Readonly<Record<string, unknown>> {
  return {
    specversion: "1.0",
    id: message.id,
    source,
    type: TYPES[message.event],
    subject: message.facts.account,
    time: instantToIso(message.at),
    datacontenttype: "application/json",
    sequence: String(message.place).padStart(12, "0"),
    data: { alert: message.alert, event: message.event, summary: subjectOf(message), ...message.facts },
  };
}

/** What a Slack incoming webhook takes, and those shaped like it. Signs that Slack reads as markup are escaped as its documents say. */
export function slackBody(message: Message): { readonly text: string } {
  return { text: `${subjectOf(message)}\n${textOf(message)}`.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;") };
}

export function ruleWords({ measure, threshold }: Pick<AlertFacts, "measure" | "threshold">): string {
  switch (measure) {
    case "runs-out":
      return `runs out within ${count(threshold, "day")}`;
    case "anomaly":
      return `a day ${threshold} spreads above usual`;
    default:
      return `${measure} ${threshold} %`;
  }
}

function leasedWords(leased: string | undefined, money: (amount: string) => string): string {
  return leased === undefined || leased === "0" ? "" : `, ${money(leased)} leased`;
}

function count(value: number, one: string): string {
  return `${value} ${value === 1 ? one : `${one}s`}`;
}
