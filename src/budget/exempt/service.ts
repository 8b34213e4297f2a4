import { OWNER } from "#access";
import { Problem, type Person } from "#kernel";
import type { Author } from "../account-store.ts";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal } from "../ledger-refusal.ts";
import type { ExemptionUseView, ExemptionView } from "./contract.ts";
import type { Exemption, ExemptionKind } from "./exempt.ts";
import * as store from "./store.ts";
import { exemptionToWire, useToWire } from "./views.ts";

export type ExemptContext = AccountsContext & { readonly people: AccountPeople };
type Looking = {
  readonly account?: string | undefined;
  readonly person?: string | undefined;
  readonly kind?: ExemptionKind | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
};
type Page<Item> = { items: Item[]; next: string | null };

/** Exemptions and break-glass as administrators give them and as people of their accounts see them. */
export function openExemptions(context: ExemptContext, accounts: Accounts) {
  const { db, clock, source, people } = context;

  async function written(person: Person, work: (by: Author) => Promise<unknown>): Promise<void> {
    try {
      await work({ person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** The latest of its kind that a person has on an account: the one that was just given or withdrawn. */
  async function latest({ kind, account, person }: Pick<Exemption, "kind" | "account" | "person">): Promise<ExemptionView> {
    const [found] = await store.listExemptions(db, { accounts: [account], kind, person, on: null, before: null, limit: 1 });
    if (found === undefined) throw new Problem("internal", { detail: `the exemption of ${person} on ${account} was given and is not there` });
    return exemptionToWire(found, clock.now());
  }

  /** Nobody lets in her own work, nor approves that it is; only the owner of the installation, who answers for all of it. */
  async function grantExemption(person: Person, ask: store.NewExemption, key: string): Promise<ExemptionView> {
    if (person.name !== OWNER && (person.name === ask.person || ask.approver === ask.person)) {
      const words = person.name === ask.person ? "gives this to herself" : "approves her own exemption";
      throw new Problem("budget.exemption-own", { detail: `${ask.person} ${words}`, facts: { person: ask.person, account: ask.account } });
    }
    await accounts.demandOn(await people.viewer(person), "account.fund", ask.account);
    await written(person, (by) => store.grantExemption(db, ask, key, by));
    return latest(ask);
  }

  async function withdrawExemption(
    person: Person,
    ask: Pick<Exemption, "kind" | "account" | "person"> & { readonly reason: string },
    key: string,
  ): Promise<ExemptionView> {
    await accounts.demandOn(await people.viewer(person), "account.fund", ask.account);
    await written(person, (by) => store.withdrawExemption(db, ask, key, ask.reason, by));
    return latest(ask);
  }

  async function asked(person: Person, ask: Looking) {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    return {
      accounts: ask.account === undefined ? await accounts.visible(viewer) : [ask.account],
      kind: ask.kind ?? null,
      person: ask.person ?? null,
      before: ask.cursor === undefined ? null : BigInt(ask.cursor),
      limit: ask.limit + 1,
    };
  }

  async function listExemptions(person: Person, ask: Looking & { readonly all: boolean }): Promise<Page<ExemptionView>> {
    const now = clock.now();
    const found = await store.listExemptions(db, { ...(await asked(person, ask)), on: ask.all ? null : now });
    const { items, next } = cut(found, ask.limit);
    return { items: items.map((one) => exemptionToWire(one, now)), next };
  }

  async function listExemptionUses(person: Person, ask: Looking): Promise<Page<ExemptionUseView>> {
    const { items, next } = cut(await store.listUses(db, await asked(person, ask)), ask.limit);
    return { items: items.map(useToWire), next };
  }

  return { grantExemption, withdrawExemption, listExemptions, listExemptionUses };
}

/** A list that was read one longer than asked for, cut to a page. */
function cut<One extends { readonly number: bigint }>(found: readonly One[], limit: number): Page<One> {
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? String(items.at(-1)!.number) : null };
}
