import type { Accounts } from "#budget";
import { asRefusal } from "#budget";
import type { Viewer } from "#access";
import type { Database } from "#db";
import { Problem, type Clock, type Person } from "#kernel";
import type { AlertMessageView, AlertRuleView, AlertSummaryView, AlertView, SetRuleBody } from "./contract.ts";
import { marginFault, mayDecide, usualMargin, usualSeverity } from "./rule.ts";
import * as store from "./store.ts";
import type { Channels } from "./use-channels.ts";
import { alertToWire, messageToWire, ruleToWire } from "./views.ts";

export type AlertsPorts = {
  readonly db: Database;
  readonly clock: Clock;
  /** The door, for the journal. */
  readonly source: string;
  readonly accounts: Pick<Accounts, "demandOn" | "visible">;
  readonly viewer: (person: Person) => Promise<Viewer>;
  readonly channels: Pick<Channels, "has">;
};

export type AlertsService = ReturnType<typeof openAlerts>;

const MESSAGES_MAX = 50;
const RULES_MAX = 20;

/** Rules of alerts as those who manage accounts set them, and what rang as those who belong to the accounts see it. */
export function openAlerts({ db, clock, source, accounts, viewer, channels }: AlertsPorts) {
  const author = (person: Person): store.Author => ({ person: person.name, source, now: clock.now() });

  async function written(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** Those of one account, or of all that the person sees: null for every one. */
  async function seen(person: Person, account: string | undefined): Promise<readonly string[] | null> {
    const who = await viewer(person);
    if (account === undefined) return accounts.visible(who);
    await accounts.demandOn(who, "account.see", account);
    return [account];
  }

  async function listRules(
    person: Person,
    ask: { account?: string | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: AlertRuleView[]; next: string | null }> {
    const found = await store.listRules(db, { accounts: await seen(person, ask.account), after: ask.cursor ?? "", limit: ask.limit + 1 });
    const items = found.slice(0, ask.limit);
    const last = items.at(-1);
    return { items: items.map(ruleToWire), next: found.length > ask.limit && last !== undefined ? `${last.account}/${last.measure}/${last.threshold}` : null };
  }

  /** Throws `alert.channel-unset` for a destination that nothing is set up for. */
  function demandChannels(destinations: readonly string[]): void {
    const unset = destinations.find((one) => !channels.has(one));
    if (unset !== undefined) throw new Problem("alert.channel-unset", { detail: `nothing is set up for ${unset}`, facts: { destination: unset } });
  }

  /** A rule is set by who may decide what it does, and changed by who may decide what it did. */
  async function setRule(person: Person, account: string, { reason, ...body }: SetRuleBody, key: string): Promise<AlertRuleView> {
    const who = await viewer(person);
    const { measure, threshold, action } = body;
    await accounts.demandOn(who, "account.manage", account);
    const before = await store.findRule(db, account, measure, threshold);
    for (const one of [before?.action ?? "off", action]) if (one !== "off") await accounts.demandOn(who, mayDecide(one), account);
    if (action !== "off" && body.destinations.length === 0)
      throw new Problem("input.invalid", { detail: "destinations: somebody has to be told", facts: { field: "destinations" } });
    demandChannels(body.destinations);
    const margin = body.margin ?? Math.min(usualMargin(measure), measure === "runs-out" ? 1000 : threshold - 1);
    const fault = marginFault(measure, threshold, margin);
    if (fault !== null) throw new Problem("value.range", { detail: fault, facts: { field: "margin" } });
    const severity = body.severity ?? (action === "off" ? "info" : usualSeverity(action));
    const destinations = [...new Set(body.destinations)].toSorted();
    await written(store.setRule(db, { account, measure, threshold, margin, action, severity, destinations }, `http:${key}`, reason, author(person)));
    const rule = await store.findRule(db, account, measure, threshold);
    if (rule === null) throw new Problem("internal", { detail: `the rule of ${account} was set and is not there` });
    return ruleToWire(rule);
  }

  async function listAlerts(
    person: Person,
    ask: { account?: string | undefined; severity?: string | undefined; state?: string | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: AlertSummaryView[]; next: string | null }> {
    const found = await store.listAlerts(db, {
      accounts: await seen(person, ask.account),
      severity: ask.severity ?? null,
      state: ask.state ?? null,
      before: ask.cursor ?? null,
      limit: ask.limit + 1,
      number: null,
    });
    const items = found.slice(0, ask.limit).map(alertToWire);
    return { items, next: found.length > ask.limit ? (items.at(-1)?.number ?? null) : null };
  }

  /** Throws `alert.unknown`, for those of accounts that the person does not see as well. */
  async function found(person: Person, number: string): Promise<store.Alert> {
    const visible = await accounts.visible(await viewer(person));
    const [alert] = await store.listAlerts(db, { accounts: visible, severity: null, state: null, before: null, limit: 1, number });
    if (alert === undefined) throw new Problem("alert.unknown", { detail: `there is no alert ${number}`, facts: { number } });
    return alert;
  }

  async function showAlert(person: Person, number: string): Promise<AlertView> {
    const alert = await found(person, number);
    return { ...alertToWire(alert), messages: (await store.listMessages(db, { alert: alert.number }, MESSAGES_MAX)).map(messageToWire) };
  }

  async function lift(person: Person, number: string, reason: string, key: string): Promise<AlertView> {
    const alert = await found(person, number);
    await accounts.demandOn(await viewer(person), mayDecide(alert.action), alert.account);
    await written(store.lift(db, number, `http:${key}`, reason, author(person)));
    return showAlert(person, number);
  }

  async function acknowledge(person: Person, number: string, notes: string, key: string): Promise<AlertView> {
    const alert = await found(person, number);
    await accounts.demandOn(await viewer(person), "account.members", alert.account);
    await written(store.acknowledge(db, number, notes, `http:${key}`, author(person)));
    return showAlert(person, number);
  }

  /** Throws `alert.rule-unknown` where no destination is named and no rule has one. */
  async function test(person: Person, account: string, destinations: readonly string[], key: string): Promise<{ items: AlertMessageView[] }> {
    await accounts.demandOn(await viewer(person), "account.manage", account);
    const rules = destinations.length > 0 ? [] : await store.listRules(db, { accounts: [account], after: "", limit: RULES_MAX });
    const all = [...new Set(destinations.length > 0 ? destinations : rules.flatMap((rule) => rule.destinations))].toSorted();
    if (all.length === 0) throw new Problem("alert.rule-unknown", { detail: `${account} has no rule that tells anybody`, facts: { account } });
    demandChannels(all);
    await written(store.sendTest(db, account, all, `http:${key}`, author(person)));
    const sent = await store.listMessages(db, { testsOf: account }, MESSAGES_MAX);
    return { items: all.flatMap((one) => sent.filter(({ destination }) => destination === one).slice(0, 1)).map(messageToWire) };
  }

  async function listTests(person: Person, account: string): Promise<{ items: AlertMessageView[] }> {
    await accounts.demandOn(await viewer(person), "account.see", account);
    return { items: (await store.listMessages(db, { testsOf: account }, MESSAGES_MAX)).map(messageToWire) };
  }

  return { listRules, setRule, listAlerts, showAlert, lift, acknowledge, test, listTests };
}
