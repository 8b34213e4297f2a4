import { can } from "#access";
import { Problem, type Instant, type Person } from "#kernel";
import type { ReportContext } from "../context.ts";
import type { OldTransaction } from "./contract.ts";
import { oldTransactions, type TransactionAsk } from "./store.ts";

export type TransactionWish = Pick<TransactionAsk, "account" | "type" | "status" | "job" | "limit" | "offset"> & {
  readonly from: Instant | null;
  readonly before: Instant | null;
};

export function openTransactions({ db, accounts, people }: ReportContext) {
  /** Who answers for the account sees every movement, who only uses it those that are for her. Throws `budget.account-unknown`. */
  async function listTransactions(
    person: Person,
    wish: TransactionWish,
  ): Promise<{ transactions: OldTransaction[]; limit: number; offset: number; more: boolean }> {
    const viewer = await people.viewer(person);
    const account = wish.account ?? (await accounts.defaultOf(viewer));
    if (account === null) throw new Problem("budget.account-unknown", { detail: `no account was named, and ${viewer.name} has no default` });
    await accounts.demandOn(viewer, "account.see", account);
    const whole = can(viewer, "account.members", { kind: "account", path: (await accounts.pathOf(account)) ?? [account] });
    const found = await oldTransactions(db, { ...wish, account, own: whole ? null : viewer.name, limit: wish.limit + 1, number: null });
    return { transactions: found.slice(0, wish.limit), limit: wish.limit, offset: wish.offset, more: found.length > wish.limit };
  }

  /** Throws `budget.charge-unknown`, also for a movement that the person may not see. */
  async function showTransaction(person: Person, id: string): Promise<OldTransaction> {
    const any = { account: null, type: null, status: null, job: null, from: null, before: null, own: null, limit: 1, offset: 0 };
    const [found] = await oldTransactions(db, { ...any, number: id });
    const viewer = await people.viewer(person);
    const path = found === undefined ? null : await accounts.pathOf(found.account_id);
    const may = found !== undefined && path !== null && (found.person === viewer.name || can(viewer, "account.members", { kind: "account", path }));
    if (!may) throw new Problem("budget.charge-unknown", { detail: `there is no transaction ${id}`, facts: { transaction: id } });
    return found;
  }

  return { listTransactions, showTransaction };
}
