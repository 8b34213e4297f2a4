import type { AlertRuleView, AlertSummaryView } from "./contract.ts";

type Measure = AlertRuleView["measure"];
type Action = AlertSummaryView["action"];

/** How far back a measure has to go before its rule can ring again, where nobody says otherwise: percents, days, spreads. */
export function usualMargin(measure: Measure): number {
  switch (measure) {
    case "runs-out":
      return 3;
    case "anomaly":
      return 1;
    default:
      return 5;
  }
}

export function usualSeverity(action: Action): AlertRuleView["severity"] {
  return action === "stop" || action === "hold" ? "critical" : "warning";
}

/** Why a margin makes no sense with its threshold; null when it does. A rule that could never be over would ring once for ever. */
export function marginFault(measure: Measure, threshold: number, margin: number): string | null {
  if (measure === "runs-out" || margin < threshold) return null;
  return `margin: ${margin} leaves nothing below the threshold of ${threshold}`;
}

/** Stopping work is for those who fund accounts; telling, and asking those who manage it, for them. */
export function mayDecide(action: Action): "account.fund" | "account.manage" {
  return action === "stop" || action === "hold" ? "account.fund" : "account.manage";
}
