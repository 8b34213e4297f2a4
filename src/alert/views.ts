import { instantToIso, type Instant } from "#kernel";
import type { AlertMessageView, AlertRuleView, AlertSummaryView } from "./contract.ts";
import { measuredWords } from "./message.ts";
import type { Alert, MessageRow, Rule } from "./store.ts";

const iso = (at: Instant | null): string | null => (at === null ? null : instantToIso(at));

export function ruleToWire({ id: _id, ringing, since, ...rule }: Rule): AlertRuleView {
  return { ...rule, ringing: ringing === null ? null : String(ringing), since: instantToIso(since) };
}

export function alertToWire(alert: Alert): AlertSummaryView {
  const { account, unit, measure, threshold, action, severity, value, waiting } = alert;
  return {
    number: String(alert.number),
    account,
    unit,
    measure,
    threshold,
    action,
    severity,
    state: alert.cleared_at !== null ? "cleared" : alert.lifted_at !== null ? "lifted" : "ringing",
    value: Math.round(value * 1000) / 1000,
    words: measuredWords({ account, unit, measure, threshold, value, found: alert.facts }),
    raised_at: instantToIso(alert.raised_at),
    cleared_at: iso(alert.cleared_at),
    lifted: alert.lifted_at === null ? null : { at: instantToIso(alert.lifted_at), person: alert.lifted_by ?? "", reason: alert.lifted_why ?? "" },
    acknowledged: alert.acknowledged_at === null ? null : { at: instantToIso(alert.acknowledged_at), person: alert.acknowledged_by ?? "", notes: alert.notes },
    waiting,
  };
}

export function messageToWire(message: MessageRow): AlertMessageView {
  const { id, destination, event, attempts, fault } = message;
  return {
    id,
    destination,
    place: String(message.place),
    event,
    created_at: instantToIso(message.created_at),
    attempts,
    sent_at: iso(message.sent_at),
    refused_at: iso(message.refused_at),
    fault,
  };
}
