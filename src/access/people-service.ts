import { brokenConstraint } from "#db";
import { instantToIso, Problem, type Instant, type Person } from "#kernel";
import { noSuchPerson, OWNER, type AccessContext } from "./context.ts";
import { openMemory } from "./memory.ts";
import { can, demand, type Role, type Viewer } from "./policy.ts";
import { endSessionsOf } from "./sign-in-store.ts";
import * as store from "./store.ts";
import type { MembershipRecord, PersonChange, PersonRecord } from "./store.ts";

/** Someone who stands in for the PI, from when, until when, and who appointed them. */
export type Delegate = { readonly person: string; readonly from: Instant | null; readonly until: Instant | null; readonly appointedBy: string };
export type AccountParts = {
  readonly managers: readonly string[];
  readonly members: readonly string[];
  readonly pi: string | null;
  readonly delegates: readonly Delegate[];
};

function demandTime(role: Role, fromAt: Instant | null, untilAt: Instant | null): void {
  if (role !== "delegate" && (fromAt !== null || untilAt !== null))
    throw new Problem("input.invalid", { detail: "from, until: only a delegate has a time", facts: { field: "until" } });
  if (fromAt !== null && untilAt !== null && untilAt <= fromAt)
    throw new Problem("value.range", { detail: `until: ${instantToIso(untilAt)} is not after from, ${instantToIso(fromAt)}`, facts: { field: "until" } });
}

function holdsAt({ fromAt, untilAt }: MembershipRecord, now: Instant): boolean {
  return (fromAt === null || fromAt <= now) && (untilAt === null || now < untilAt);
}

/** A page of a list; `next` is the cursor of the next page. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** Cuts a list that was read one longer than asked for. */
export function pageOf<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

export type NewPerson = { readonly name: string; readonly displayName: string; readonly email: string | null; readonly admin: boolean };

/**
 * Ends in a Problem unless the asker may give and take this part in the account: `budget.account-unknown`, `access.forbidden`. Members and managers are for whoever
 * manages it, delegates for its PI, and who is the PI is said by those who answer for the account above.
 */
function demandPart(by: Viewer, account: string, path: readonly string[] | null, role: Role): void {
  const missing = () => new Problem("budget.account-unknown", { detail: `there is no account ${account}`, facts: { account } });
  if (path === null) throw missing();
  demand(by, "account.members", { kind: "account", path }, missing);
  if (role === "delegate") demand(by, "account.delegates", { kind: "account", path }, missing);
  if (role === "pi" && !can(by, "account.delegates", { kind: "account", path: path.slice(1) }))
    throw new Problem("access.forbidden", { detail: `who is the PI of ${account} is said by those who answer for the account above`, facts: { account } });
}

/** People and the accounts they belong to. Every method takes who asks and ends in a Problem when that person may not. */
export type People = ReturnType<typeof openPeople>;

export function openPeople(context: AccessContext, forgetHolders: () => void) {
  const { db, clock, accounts } = context;
  const parts = openMemory<readonly MembershipRecord[]>(clock);

  /** The person with what the policy needs; one query, or none when it was asked within the last second. */
  async function viewer(person: Person): Promise<Viewer> {
    const known = await parts.recall(person.name, () => store.membershipsOf(db, person.name));
    const now = clock.now();
    return { name: person.name, admin: person.admin, memberships: known.filter((one) => holdsAt(one, now)).map(({ account, role }) => ({ account, role })) };
  }

  /** Who has which part in each account named; an account without people is left out. Delegates are named before and after their time, too. */
  async function membersOf(accounts: readonly string[]): Promise<ReadonlyMap<string, AccountParts>> {
    const found = new Map<string, { managers: string[]; members: string[]; pi: string | null; delegates: Delegate[] }>();
    for (const { account, person, role, ...one } of await store.peopleOf(db, accounts)) {
      const entry = found.get(account) ?? { managers: [], members: [], pi: null, delegates: [] };
      found.set(account, entry);
      if (role === "pi") entry.pi = person;
      else if (role === "delegate") entry.delegates.push({ person, from: one.fromAt, until: one.untilAt, appointedBy: one.grantedBy });
      else entry[role === "manager" ? "managers" : "members"].push(person);
    }
    return found;
  }

  /** The person's rights as they are now; null when there is no such person or it is switched off. */
  async function current(name: string): Promise<Viewer | null> {
    const person = await store.getPerson(db, name);
    return person === undefined || !person.active ? null : viewer({ name, admin: person.admin });
  }

  async function accountPath(account: string): Promise<readonly string[] | null> {
    return accounts.pathOf(account);
  }

  /** The person, if the viewer may do `action` to it. Throws `person.unknown` (also for people the viewer may not see) and `access.forbidden`. */
  async function personFor(
    asker: Viewer,
    name: string,
    action: "person.see" | "person.change" | "person.act-as" | "person.credentials",
  ): Promise<PersonRecord> {
    const [person, memberships] = await Promise.all([store.getPerson(db, name), store.membershipsOf(db, name)]);
    if (person === undefined) throw noSuchPerson(name);
    demand(asker, action, { kind: "person", name, accounts: memberships.map(({ account }) => account) }, () => noSuchPerson(name));
    return person;
  }

  /** For the lab file: makes what is missing and leaves the rest; whether it made anything. */
  async function ensure(person: NewPerson): Promise<boolean> {
    return (await store.ensurePerson(db, { ...person, createdAt: clock.now() })) !== undefined;
  }

  async function ensureMember(membership: { readonly person: string; readonly account: string; readonly role: Role }): Promise<boolean> {
    return store.ensureMembership(db, { ...membership, grantedBy: OWNER, grantedAt: clock.now(), fromAt: null, untilAt: null }).finally(parts.forget);
  }

  /** Throws `person.exists`. The caller has been found to be an administrator by the route. */
  async function create(person: NewPerson): Promise<PersonRecord> {
    const made = await store.ensurePerson(db, { ...person, createdAt: clock.now() });
    if (made === undefined) throw new Problem("person.exists", { detail: `there is already a person ${person.name}`, facts: { person: person.name } });
    return made;
  }

  /** Throws `person.unknown`, and `person.owner` for what would lock the owner out. Switching off ends sessions and tokens in the same transaction. */
  async function change(asker: Person, name: string, changes: PersonChange): Promise<PersonRecord> {
    await personFor(await viewer(asker), name, "person.change");
    if (name === OWNER && (changes.admin === false || changes.active === false)) {
      throw new Problem("person.owner", { detail: `${OWNER} is the owner of this installation` });
    }
    const work = db.transaction(async (tx) => {
      const changed = await store.changePerson(tx, name, changes);
      if (changed === undefined) throw noSuchPerson(name);
      if (!changed.active) {
        await endSessionsOf(tx, name);
        await store.revokeTokensOf(tx, name, clock.now());
      }
      return changed;
    });
    return work.finally(forgetHolders);
  }

  async function list(asker: Person, ask: { after: string; limit: number }): Promise<Page<PersonRecord>> {
    const rows = await store.listPeople(db, { after: ask.after, all: asker.admin, viewer: asker.name, limit: ask.limit + 1, now: clock.now() });
    return pageOf(rows, ask.limit, ({ name }) => name);
  }

  async function memberships(
    asker: Person,
    ask: { account: string | null; person: string | null; after: { account: string; person: string }; limit: number },
  ): Promise<Page<MembershipRecord>> {
    const { memberships: mine } = await viewer(asker);
    const rows = await store.listMemberships(db, {
      ...ask,
      all: asker.admin,
      viewer: asker.name,
      accounts: mine.map(({ account }) => account),
      limit: ask.limit + 1,
    });
    return pageOf(rows, ask.limit, ({ account, person }) => `${account} ${person}`);
  }

  async function demandMembers(asker: Person, account: string, role: Role): Promise<void> {
    demandPart(await viewer(asker), account, await accountPath(account), role);
  }

  /** Both what a person gets and what it had have to be the asker's to give. Throws `membership.pi-exists`, `person.unknown`. */
  async function setMember(
    asker: Person,
    membership: { account: string; person: string; role: Role; fromAt?: Instant | null; untilAt?: Instant | null },
  ): Promise<MembershipRecord> {
    const { account, person, role, fromAt = null, untilAt = null } = membership;
    await demandMembers(asker, account, role);
    await demandHeld(asker, account, person);
    demandTime(role, fromAt, untilAt);
    try {
      return await store.setMembership(db, { account, person, role, fromAt, untilAt, grantedBy: asker.name, grantedAt: clock.now() });
    } catch (error) {
      if (brokenConstraint(error) === "membership_person_fkey") throw noSuchPerson(person);
      if (brokenConstraint(error) === "membership_pi") throw new Problem("membership.pi-exists", { detail: `${account} has a PI`, facts: { account } });
      throw error;
    } finally {
      parts.forget();
    }
  }

  async function demandHeld(asker: Person, account: string, person: string): Promise<void> {
    const held = (await store.peopleOf(db, [account])).find((one) => one.person === person);
    if (held !== undefined) await demandMembers(asker, account, held.role);
  }

  async function removeMember(asker: Person, membership: { account: string; person: string }): Promise<void> {
    await demandMembers(asker, membership.account, "member");
    await demandHeld(asker, membership.account, membership.person);
    if (await store.removeMembership(db, membership.person, membership.account).finally(parts.forget)) return;
    throw new Problem("membership.unknown", { detail: `${membership.person} does not belong to ${membership.account}`, facts: membership });
  }

  /** The person in whose name an administrator asks. Throws `access.forbidden`, and `person.unknown` also for one that is switched off. */
  async function actFor(asker: Person, name: string): Promise<Person> {
    if (!can({ ...asker, memberships: [] }, "person.act-as", { kind: "person", name, accounts: [] })) {
      throw new Problem("access.forbidden", { detail: "only administrators may ask in another person's name", facts: { action: "person.act-as" } });
    }
    const person = await store.getPerson(db, name);
    if (person === undefined || !person.active) throw noSuchPerson(name);
    return { name: person.name, admin: person.admin };
  }

  return { membersOf, viewer, current, personFor, accountPath, ensure, ensureMember, create, change, list, memberships, setMember, removeMember, actFor };
}
