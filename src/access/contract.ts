import { z } from "zod";
import { defineRoute, NAME, type Routes } from "#kernel";

/** Shapes of people, memberships, sign-in codes, sessions and tokens on the wire. Secrets appear once, in the answer that makes them. */

const nameShape = z.string().regex(NAME, "is not a name (lower-case letters, digits, '.', '_' and '-', beginning with a letter, at most 63)");
const accountShape = z.string().min(1).max(200);
const instantShape = z.iso.datetime();

function page<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next: z.string().nullable().describe("The cursor of the next page; null on the last.") });
}

const limitField = z.coerce.number().int().min(1).max(200).default(50);

export const roleShape = z
  .enum(["member", "manager", "pi", "delegate"])
  .describe(
    "A member uses the account; a manager also says who else does, there and in every account below it; its PI also limits and moves what it has; a delegate may do that for the PI, for a time.",
  );

export const personShape = z.object({
  name: nameShape,
  display_name: z.string(),
  email: z.string().nullable(),
  admin: z.boolean().describe("May see and decide everything, also in the name of others."),
  active: z.boolean().describe("False when switched off: can no longer sign in, is kept because jobs and charges name them."),
  created_at: instantShape,
});

export const membershipShape = z.object({
  person: nameShape,
  account: accountShape,
  role: roleShape,
  granted_by: nameShape,
  granted_at: instantShape,
  from: instantShape.nullable().describe("Of a delegate: when the part begins; null: at once."),
  until: instantShape.nullable().describe("Of a delegate: from when on it is over; null: until it is taken away."),
});

export const sessionShape = z.object({
  person: personShape,
  memberships: z.array(z.object({ account: accountShape, role: roleShape })),
  signed_in_with: z.enum(["token", "session", "jwt"]),
  acting_for: z.boolean().describe("True when an administrator asks in this person's name (Headgate-Act-As)."),
  ends_at: instantShape.nullable().describe("When the session ends if nothing more comes; null for a token."),
});

export const signInCodeShape = z.object({
  code: z.string().describe("Good once, e.g. 4F7K-92QD."),
  person: nameShape,
  expires_at: instantShape,
});

export const tokenShape = z.object({
  id: z.uuid(),
  person: nameShape,
  label: z.string(),
  created_by: nameShape,
  created_at: instantShape,
  expires_at: instantShape.nullable(),
  last_used_at: instantShape.nullable().describe("To the minute; null: never."),
  rotated_at: instantShape.nullable().describe("When it was given its present secret; null: it has its first."),
  previous_until: instantShape.nullable().describe("Until when the secret before that is good, too; null: it is not."),
});

export const newTokenShape = tokenShape.extend({ token: z.string().describe("The secret; it is shown this once.") });

const labelField = z.string().trim().min(1).max(200);
const displayNameField = z.string().trim().min(1).max(200);
const personParams = z.object({ name: nameShape });
const memberParams = z.object({ account: accountShape, person: nameShape });

export const accessRoutes = {
  signIn: defineRoute({
    id: "session.create",
    method: "POST",
    path: "/api/v1/session",
    tag: "access",
    access: "public",
    status: 201,
    summary: "Sign in with a one-time code; the answer sets the session's cookie",
    body: z.strictObject({ code: z.string().min(1).max(32) }),
    reply: sessionShape,
    problems: ["access.code-wrong", "access.attempts", "access.cross-site"],
  }),
  session: defineRoute({
    id: "session.get",
    method: "GET",
    path: "/api/v1/session",
    tag: "access",
    access: "person",
    status: 200,
    summary: "Who am I",
    reply: sessionShape,
    problems: [],
  }),
  signOut: defineRoute({
    id: "session.end",
    method: "DELETE",
    path: "/api/v1/session",
    tag: "access",
    access: "person",
    status: 200,
    summary: "Sign out: ends the session, here or with everywhere=true in every browser",
    query: z.object({ everywhere: z.stringbool().default(false) }),
    reply: z.object({ ended: z.boolean() }),
    problems: [],
  }),
  createCode: defineRoute({
    id: "code.create",
    method: "POST",
    path: "/api/v1/access/codes",
    tag: "access",
    access: "person",
    status: 201,
    summary: "Make a one-time sign-in code, for oneself or (administrators) for another person",
    body: z.strictObject({ person: nameShape.optional().describe("Default: the caller.") }),
    reply: signInCodeShape,
    problems: ["person.unknown", "access.forbidden"],
  }),
  listTokens: defineRoute({
    id: "token.list",
    method: "GET",
    path: "/api/v1/access/tokens",
    tag: "access",
    access: "person",
    status: 200,
    summary: "A person's API tokens, without their secrets, oldest first",
    query: z.object({ person: nameShape.optional().describe("Default: the caller."), limit: limitField, cursor: z.uuid().optional() }),
    reply: page(tokenShape),
    problems: ["person.unknown", "access.forbidden"],
  }),
  createToken: defineRoute({
    id: "token.create",
    method: "POST",
    path: "/api/v1/access/tokens",
    tag: "access",
    access: "person",
    status: 201,
    summary: "Make an API token, for oneself or (administrators) for another person; the secret is shown once",
    body: z.strictObject({
      label: labelField.describe("What it is for."),
      person: nameShape.optional(),
      days: z.int().min(1).max(3650).optional().describe("Default: until it is revoked."),
    }),
    reply: newTokenShape,
    problems: ["person.unknown", "access.forbidden", "access.too-many"],
  }),
  rotateToken: defineRoute({
    id: "token.rotate",
    method: "POST",
    path: "/api/v1/access/tokens/:id/rotate",
    tag: "access",
    access: "person",
    status: 201,
    summary: "Give an API token a new secret, shown once; the one before it stays good for a time",
    params: z.object({ id: z.uuid() }),
    body: z.strictObject({
      overlap_hours: z.int().min(0).max(720).default(24).describe("For how long the secret before it stays good; 0 ends it at once."),
      days: z.int().min(1).max(3650).optional().describe("A new end, counted from now. Default: the end it has."),
    }),
    reply: newTokenShape,
    problems: ["token.unknown"],
  }),
  revokeToken: defineRoute({
    id: "token.revoke",
    method: "DELETE",
    path: "/api/v1/access/tokens/:id",
    tag: "access",
    access: "person",
    status: 200,
    summary: "Revoke an API token; it stops working at once",
    params: z.object({ id: z.uuid() }),
    reply: z.object({ id: z.uuid() }),
    problems: ["token.unknown"],
  }),
  listPeople: defineRoute({
    id: "people.list",
    method: "GET",
    path: "/api/v1/people",
    tag: "people",
    access: "person",
    status: 200,
    summary: "People by name: administrators see all, others themselves and whom they share an account with",
    query: z.object({ limit: limitField, cursor: z.string().max(63).optional() }),
    reply: page(personShape),
    problems: [],
  }),
  createPerson: defineRoute({
    id: "people.create",
    method: "POST",
    path: "/api/v1/people",
    tag: "people",
    access: "admin",
    status: 201,
    summary: "Add a person",
    body: z.strictObject({
      name: nameShape,
      display_name: displayNameField.optional().describe("Default: the name."),
      email: z.email().max(254).nullable().optional(),
      admin: z.boolean().optional(),
    }),
    reply: personShape,
    problems: ["person.exists"],
  }),
  getPerson: defineRoute({
    id: "people.get",
    method: "GET",
    path: "/api/v1/people/:name",
    tag: "people",
    access: "person",
    status: 200,
    summary: "One person",
    params: personParams,
    reply: personShape,
    problems: ["person.unknown"],
  }),
  changePerson: defineRoute({
    id: "people.change",
    method: "PATCH",
    path: "/api/v1/people/:name",
    tag: "people",
    access: "admin",
    status: 200,
    summary: "Change a person, or switch one off (active: false), which ends sessions and tokens at once",
    params: personParams,
    body: z.strictObject({
      display_name: displayNameField.optional(),
      email: z.email().max(254).nullable().optional(),
      admin: z.boolean().optional(),
      active: z.boolean().optional(),
    }),
    reply: personShape,
    problems: ["person.unknown", "person.owner"],
  }),
  listMemberships: defineRoute({
    id: "memberships.list",
    method: "GET",
    path: "/api/v1/memberships",
    tag: "people",
    access: "person",
    status: 200,
    summary: "Who belongs to which account, by account: one's own, those of accounts one belongs to; administrators see all",
    query: z.object({ account: accountShape.optional(), person: nameShape.optional(), limit: limitField, cursor: z.string().max(400).optional() }),
    reply: page(membershipShape),
    problems: [],
  }),
  setMembership: defineRoute({
    id: "memberships.set",
    method: "PUT",
    path: "/api/v1/memberships/:account/:person",
    tag: "people",
    access: "person",
    status: 200,
    summary: "Give a person a part in an account, or change it; for its managers, delegates for its PI",
    params: memberParams,
    body: z.strictObject({ role: roleShape, from: instantShape.nullable().default(null), until: instantShape.nullable().default(null) }),
    reply: membershipShape,
    problems: ["person.unknown", "budget.account-unknown", "access.forbidden", "membership.pi-exists", "value.range"],
  }),
  removeMembership: defineRoute({
    id: "memberships.remove",
    method: "DELETE",
    path: "/api/v1/memberships/:account/:person",
    tag: "people",
    access: "person",
    status: 200,
    summary: "Take a person's part in an account away; for its managers",
    params: memberParams,
    reply: z.object({ person: nameShape, account: accountShape }),
    problems: ["membership.unknown", "budget.account-unknown", "access.forbidden"],
  }),
} as const satisfies Routes;

export type PersonOnWire = z.output<typeof personShape>;
export type MembershipOnWire = z.output<typeof membershipShape>;
export type SessionOnWire = z.output<typeof sessionShape>;
export type SignInCodeOnWire = z.output<typeof signInCodeShape>;
export type TokenOnWire = z.output<typeof tokenShape>;
export type NewTokenOnWire = z.output<typeof newTokenShape>;
