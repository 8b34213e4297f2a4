import type { ProblemKind } from "./problem-kind.ts";

/** The part of the catalogue that speaks of alerts. */
export const ALERT_PROBLEMS = {
  // alert
  "budget.approval-needed": {
    status: 402,
    exit: "refused",
    title: "New work needs approval",
    fix: "headgate budget alert history <account> --state ringing says why; who manages the account approves with headgate budget alert lift NUMBER --reason '...'.",
  },
  "budget.stopped": {
    status: 402,
    exit: "refused",
    title: "New work is stopped by an alert",
    fix: "headgate budget alert history <account> --state ringing says why; it goes on when that is over, or when an administrator lifts it.",
  },
  "alert.unknown": { status: 404, exit: "notFound", title: "No such alert", fix: "headgate budget alert history lists what rang." },
  "alert.rule-unknown": { status: 404, exit: "notFound", title: "No such rule of alerts", fix: "headgate budget alert list shows the rules there are." },
  "alert.too-many": {
    status: 409,
    exit: "conflict",
    title: "Too many rules",
    fix: "An account has at most 20: headgate budget alert set ACCOUNT RULE off takes one away.",
  },
  "alert.nothing-to-lift": {
    status: 409,
    exit: "conflict",
    title: "Nothing to lift",
    fix: "It stopped nothing, is over, or was lifted: headgate budget alert show NUMBER.",
  },
  "alert.channel-unset": {
    status: 409,
    exit: "conflict",
    title: "Nothing is set up to send there",
    fix: "An administrator sets alerts.mail.server, alerts.webhook.url or alerts.slack.url: headgate config show.",
  },
} as const satisfies Record<string, ProblemKind>;
