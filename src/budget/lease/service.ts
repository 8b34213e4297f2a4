import { formatMoney, microsToDecimal, newId, Problem, systemRandomness, type Instant, type Micros, type Person, type Randomness } from "#kernel";
import type { Author } from "../account-store.ts";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal, refusalProblem } from "../ledger-refusal.ts";
import type { Lease, LeaseAnswer, LeasedWork, LeaseMoved } from "./lease.ts";
import * as store from "./store.ts";

export type LeasesContext = AccountsContext & { readonly people: AccountPeople; readonly randomness?: Randomness };

/** Leases as a gate moves them, and as people see them. Each movement is once for its key and answered from the journal. */
export function openLeases({ db, clock, source, people, randomness = systemRandomness }: LeasesContext, accounts: Accounts) {
  const by = (person: Person): Author => ({ person: person.name, source, now: clock.now() });

  async function find(id: string): Promise<Lease> {
    const [lease] = await store.listLeases(db, { accounts: null, state: null, id, before: null, limit: 1 });
    if (lease === undefined) throw unknown(id);
    return lease;
  }

  async function openLease(person: Person, ask: { account: string; amount: Micros; expiresAt: Instant; reason: string }, key: string): Promise<LeaseMoved> {
    if (ask.amount === 0n) throw new Problem("budget.amount-invalid", { detail: "a lease of 0 sets nothing aside", facts: { field: "amount" } });
    const { unit } = await accounts.get(ask.account);
    let answer: LeaseAnswer;
    try {
      answer = await store.openLease(db, { ...ask, key, id: newId(clock, randomness) }, by(person));
    } catch (error) {
      const refusal = asRefusal(error);
      if (!(refusal instanceof Problem) || refusal.code !== "value.range") throw refusal;
      throw new Problem("value.range", { detail: "expires_at: a lease expires after now", facts: { field: "expires_at" } });
    }
    if (answer.kind === "moved") return answer;
    throw refusalProblem(answer.code, { account: answer.account, available: answer.available, asked: ask.amount, unit });
  }

  async function done(id: string, work: Promise<LeaseAnswer>): Promise<LeaseMoved> {
    const answer = await work;
    if (answer.kind === "moved") return answer;
    if (answer.code === "budget.lease-unknown") throw unknown(id);
    if (answer.code !== "budget.lease-recalled") throw new Problem(answer.code, { detail: `lease ${id} was not changed`, facts: { lease: id } });
    const { unit } = await find(id);
    throw new Problem(answer.code, {
      detail: `others need ${formatMoney(answer.available, unit)} of lease ${id}: settle what is over, and give that much back`,
      facts: { lease: id, recall: microsToDecimal(answer.available) },
    });
  }

  function renewLease(person: Person, ask: { id: string; returns: Micros; expiresAt: Instant; reason: string }, key: string): Promise<LeaseMoved> {
    return done(ask.id, store.renewLease(db, { ...ask, key }, by(person)));
  }

  function returnLease(person: Person, ask: { id: string; reason: string }, key: string): Promise<LeaseMoved> {
    return done(ask.id, store.returnLease(db, { ...ask, key }, by(person)));
  }

  function settleLease(person: Person, ask: LeasedWork & { id: string }, key: string): Promise<LeaseMoved> {
    return done(ask.id, store.settleLease(db, { ...ask, key }, by(person)));
  }

  async function listLeases(
    person: Person,
    ask: { account?: string | undefined; state?: Lease["state"] | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: Lease[]; next: string | null }> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    const leases = await store.listLeases(db, {
      accounts: ask.account === undefined ? await accounts.visible(viewer) : [ask.account],
      state: ask.state ?? null,
      id: null,
      before: ask.cursor === undefined ? null : BigInt(ask.cursor),
      limit: ask.limit + 1,
    });
    const items = leases.slice(0, ask.limit);
    return { items, next: leases.length > ask.limit ? String(items.at(-1)!.transaction) : null };
  }

  async function showLease(person: Person, id: string): Promise<Lease> {
    const lease = await find(id);
    await accounts.demandOn(await people.viewer(person), "account.see", lease.account).catch(() => {
      throw unknown(id);
    });
    return lease;
  }

  return { openLease, renewLease, returnLease, settleLease, listLeases, showLease };
}

function unknown(id: string): Problem {
  return new Problem("budget.lease-unknown", { detail: `there is no lease ${id}`, facts: { lease: id } });
}
