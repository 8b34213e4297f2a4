import { Problem } from "#kernel";

/**
 * Who may do what, as one table. A person stands in relations to a thing (its owner, manager of its account...); an action is allowed
 * when the person stands in one of the relations that the table names for it. Nothing else in Headgate decides this.
 */

export const ROLES = ["member", "manager", "pi", "delegate"] as const;
export type Role = (typeof ROLES)[number];

/** Whether a role reaches from its account into all accounts below. */
export function reachesBelow(role: Role): boolean {
  return role !== "member";
}

/** A person's part in one budget account; a viewer has only parts that hold at the moment, so no rule has to look at dates. */
export type Membership = { readonly account: string; readonly role: Role };

/** A person with what `can` needs to know. */
export type Viewer = { readonly name: string; readonly admin: boolean; readonly memberships: readonly Membership[] };

/** An account's `path` is its own name first, then its ancestors up to the root. */
export type Subject =
  | { readonly kind: "installation" }
  | { readonly kind: "person"; readonly name: string; readonly accounts: readonly string[] }
  | { readonly kind: "account"; readonly path: readonly string[] }
  | { readonly kind: "job"; readonly owner: string; readonly path: readonly string[] };

/**
 * - `admin`: the owner of the installation or an administrator.
 * - `self`: the person herself; of a job, the one who submitted it.
 * - `colleague`: shares an account with the person.
 * - `member`: has a part in the account itself. Being a member of a department gives no part in its projects: each grant has its own people.
 * - `manager`: manages the account or any account above it: says who belongs to it.
 * - `pi`: answers for the account, or for any account above it: also moves and limits what it has.
 * - `delegate`: stands in for the PI of the account, or of any account above it, for a time: may do what the PI may, but appoint another.
 */
export const RELATIONS = ["admin", "self", "colleague", "member", "manager", "pi", "delegate"] as const;
export type Relation = (typeof RELATIONS)[number];

export const POLICY = {
  "installation.manage": { on: "installation", allowed: ["admin"] },
  "person.see": { on: "person", allowed: ["admin", "self", "colleague"] },
  "person.change": { on: "person", allowed: ["admin"] },
  "person.act-as": { on: "person", allowed: ["admin"] },
  "person.credentials": { on: "person", allowed: ["admin", "self"] },
  "account.see": { on: "account", allowed: ["admin", "member", "manager", "pi", "delegate"] },
  "account.use": { on: "account", allowed: ["admin", "member", "manager", "pi", "delegate"] },
  "account.members": { on: "account", allowed: ["admin", "manager", "pi", "delegate"] },
  "account.delegates": { on: "account", allowed: ["admin", "pi"] },
  "account.manage": { on: "account", allowed: ["admin", "pi", "delegate"] },
  "account.fund": { on: "account", allowed: ["admin"] },
  "job.see": { on: "job", allowed: ["admin", "self", "member", "manager", "pi", "delegate"] },
  "job.read": { on: "job", allowed: ["admin", "self", "manager", "pi", "delegate"] },
  "job.control": { on: "job", allowed: ["admin", "self", "manager", "pi", "delegate"] },
} as const satisfies Record<string, { readonly on: Subject["kind"]; readonly allowed: readonly Relation[] }>;

export type Action = keyof typeof POLICY;
/** What an action is done to, so that `can(maria, "job.see", account)` does not compile. */
export type SubjectOf<A extends Action> = Extract<Subject, { kind: (typeof POLICY)[A]["on"] }>;

/** The relations in which the viewer stands to the subject. */
export function relationsOf(viewer: Viewer, subject: Subject): Set<Relation> {
  const relations = new Set<Relation>();
  if (viewer.admin) relations.add("admin");
  switch (subject.kind) {
    case "installation":
      break;
    case "person":
      if (subject.name === viewer.name) relations.add("self");
      if (viewer.memberships.some(({ account }) => subject.accounts.includes(account))) relations.add("colleague");
      break;
    case "job":
      if (subject.owner === viewer.name) relations.add("self");
      addRoles(relations, viewer, subject.path);
      break;
    case "account":
      addRoles(relations, viewer, subject.path);
      break;
  }
  return relations;
}

function addRoles(relations: Set<Relation>, viewer: Viewer, path: readonly string[]): void {
  for (const { account, role } of viewer.memberships) {
    if (account === path[0]) relations.add("member");
    if (reachesBelow(role) && path.includes(account)) relations.add(role);
  }
}

export function can<A extends Action>(viewer: Viewer, action: A, subject: SubjectOf<A>): boolean {
  const relations = relationsOf(viewer, subject);
  return POLICY[action].allowed.some((relation) => relations.has(relation));
}

const SEEING = { installation: null, person: "person.see", account: "account.see", job: "job.see" } as const satisfies Record<Subject["kind"], Action | null>;

/**
 * Ends in a Problem unless the viewer may. Who may not even see the thing is answered `missing`, the very problem that a thing that does
 * not exist is answered with, so that ids of other people's projects cannot be told apart from ids of nothing.
 */
export function demand<A extends Action>(viewer: Viewer, action: A, subject: SubjectOf<A>, missing: () => Problem): void {
  if (can(viewer, action, subject)) return;
  const seeing = SEEING[subject.kind];
  if (seeing !== null && !can(viewer, seeing, subject as SubjectOf<typeof seeing>)) throw missing();
  throw new Problem("access.forbidden", { detail: `${viewer.name} may not do this (${action})`, facts: { action } });
}
