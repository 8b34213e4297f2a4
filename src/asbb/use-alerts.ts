import type { AlertsService } from "#alert";
import { Problem, type Person } from "#kernel";
import type { AsbbAlert } from "./alert-contract.ts";
import type { AsbbContext } from "./use-check.ts";

type AlertView = Awaited<ReturnType<AlertsService["showAlert"]>>;

/** asbb's alerts as views of ours. */
export function openAsbbAlerts({ budget, alerts }: Pick<AsbbContext, "budget" | "alerts">) {
  async function listAlerts(
    person: Person,
    ask: { grant?: string | undefined; account?: string | undefined; severity?: string | undefined; limit: number },
  ): Promise<AsbbAlert[]> {
    const ofGrant = ask.grant === undefined ? undefined : (await budget.showAward(person, ask.grant)).account;
    // A grant and another account have no alert together.
    if (ofGrant !== undefined && ask.account !== undefined && ofGrant !== ask.account) return [];
    const { items } = await alerts.listAlerts(person, { account: ofGrant ?? ask.account, severity: ask.severity, limit: ask.limit });
    return items.map(asAlert);
  }

  async function showAlert(person: Person, id: string): Promise<AsbbAlert> {
    return asAlert(await alerts.showAlert(person, id));
  }

  async function acknowledgeAlert(person: Person, ask: { id: string; user?: string | undefined; notes: string }, key: string): Promise<AsbbAlert> {
    const other = ask.user !== undefined && ask.user !== person.name ? ask.user : null;
    if (other !== null && !person.admin) throw new Problem("access.forbidden", { detail: `${person.name} may not say what ${other} has seen` });
    const notes = other === null ? ask.notes : `${other}: ${ask.notes === "" ? "seen" : ask.notes}`;
    return asAlert(await alerts.acknowledge(person, ask.id, notes, key));
  }

  return { listAlerts, showAlert, acknowledgeAlert };
}

const STATUS = { ringing: "active", lifted: "lifted", cleared: "resolved" } as const;

function asAlert(alert: Omit<AlertView, "messages">): AsbbAlert {
  return {
    id: alert.number,
    account: alert.account,
    type: alert.measure,
    severity: alert.severity,
    threshold: alert.threshold,
    actual: alert.value,
    message: alert.words,
    action: alert.action,
    acknowledged: alert.acknowledged !== null,
    acknowledged_by: alert.acknowledged?.person ?? null,
    acknowledged_at: alert.acknowledged?.at ?? null,
    notes: alert.acknowledged?.notes ?? "",
    status: STATUS[alert.state],
    created_at: alert.raised_at,
    resolved_at: alert.cleared_at,
  };
}
