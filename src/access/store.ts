import { z } from "zod";
import { loadStatement, type Database, type Statement } from "#db";
import { instantToIso, type Instant, type Milliseconds } from "#kernel";
import { ROLES, type Role } from "./policy.ts";

/** The way of people, memberships and tokens to the database. Sessions and codes are in sign-in-store.ts. */

export const instantColumn = z.number().transform((value) => value as Instant);

const personRow = z
  .object({ name: z.string(), display_name: z.string(), email: z.string().nullable(), admin: z.boolean(), active: z.boolean(), created_at: instantColumn })
  .transform((row) => ({ name: row.name, displayName: row.display_name, email: row.email, admin: row.admin, active: row.active, createdAt: row.created_at }));
export type PersonRecord = z.output<typeof personRow>;

const membershipRow = z
  .object({
    person: z.string(),
    account: z.string(),
    role: z.enum(ROLES),
    granted_by: z.string(),
    granted_at: instantColumn,
    from_at: instantColumn.nullable(),
    until_at: instantColumn.nullable(),
  })
  .transform(({ granted_by: grantedBy, granted_at: grantedAt, from_at: fromAt, until_at: untilAt, ...row }) => ({
    ...row,
    grantedBy,
    grantedAt,
    fromAt,
    untilAt,
  }));
export type MembershipRecord = z.output<typeof membershipRow>;

const tokenRow = z
  .object({
    id: z.string(),
    person: z.string(),
    label: z.string(),
    created_by: z.string(),
    created_at: instantColumn,
    expires_at: instantColumn.nullable(),
    last_used_at: instantColumn.nullable(),
    rotated_at: instantColumn.nullable(),
    previous_until: instantColumn.nullable(),
  })
  .transform((row) => ({
    id: row.id,
    person: row.person,
    label: row.label,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    rotatedAt: row.rotated_at,
    previousUntil: row.previous_until,
  }));
export type TokenRecord = z.output<typeof tokenRow>;

const holderRow = z.object({ id: z.string(), name: z.string(), admin: z.boolean(), note: z.boolean() });

/** A named statement of this room. */
export function statement(name: string, values: readonly unknown[]): Statement {
  return { ...loadStatement("access", name), values };
}

/** One that only reads: it is repeated when the connection breaks. */
export function reading(name: string, values: readonly unknown[]): Statement {
  return { ...loadStatement("access", name), values, readOnly: true };
}

export async function ensurePerson(db: Database, person: Omit<PersonRecord, "active">): Promise<PersonRecord | undefined> {
  const rows = await db.query(statement("person-ensure", [person.name, person.displayName, person.email, person.admin, instantToIso(person.createdAt)]));
  return rows.map((row) => personRow.parse(row))[0];
}

export async function getPerson(db: Database, name: string): Promise<PersonRecord | undefined> {
  const rows = await db.query(reading("person-get", [name]));
  return rows.map((row) => personRow.parse(row))[0];
}

/** At most `limit` people after the name `after`: all, or those `viewer` shares an account with. */
export async function listPeople(db: Database, ask: { after: string; all: boolean; viewer: string; limit: number; now: Instant }): Promise<PersonRecord[]> {
  const rows = await db.query(reading("person-list", [ask.after, ask.all, ask.viewer, ask.limit, instantToIso(ask.now)]));
  return rows.map((row) => personRow.parse(row));
}

export type PersonChange = {
  readonly displayName?: string | undefined;
  readonly email?: string | null | undefined;
  readonly admin?: boolean | undefined;
  readonly active?: boolean | undefined;
};

export async function changePerson(db: Database, name: string, change: PersonChange): Promise<PersonRecord | undefined> {
  const values = [name, change.displayName ?? null, change.email ?? null, change.email !== undefined, change.admin ?? null, change.active ?? null];
  const rows = await db.query(statement("person-change", values));
  return rows.map((row) => personRow.parse(row))[0];
}

/** All parts a person has, with the time in which each holds. */
export async function membershipsOf(db: Database, person: string): Promise<MembershipRecord[]> {
  const rows = await db.query(reading("memberships-of", [person]));
  return rows.map((row) => membershipRow.parse(row));
}

/** Who has a part in each of these accounts, by name. */
export async function peopleOf(db: Database, accounts: readonly string[]): Promise<MembershipRecord[]> {
  const rows = await db.query(reading("people-of", [accounts]));
  return rows.map((row) => membershipRow.parse(row));
}

export type NewMembership = Omit<MembershipRecord, "role"> & { readonly role: Role };

const membershipValues = (membership: NewMembership) => [
  membership.person,
  membership.account,
  membership.role,
  membership.grantedBy,
  instantToIso(membership.grantedAt),
  membership.fromAt === null ? null : instantToIso(membership.fromAt),
  membership.untilAt === null ? null : instantToIso(membership.untilAt),
];

/** Whether it was made; one that is there is left as it is. */
export async function ensureMembership(db: Database, membership: NewMembership): Promise<boolean> {
  return (await db.query(statement("membership-ensure", membershipValues(membership)))).length === 1;
}

export async function setMembership(db: Database, membership: NewMembership): Promise<MembershipRecord> {
  const rows = await db.query(statement("membership-set", membershipValues(membership)));
  return membershipRow.parse(rows[0]);
}

export async function removeMembership(db: Database, person: string, account: string): Promise<boolean> {
  return (await db.query(statement("membership-remove", [person, account]))).length === 1;
}

export type MembershipQuery = {
  readonly after: { readonly account: string; readonly person: string };
  readonly account: string | null;
  readonly person: string | null;
  readonly all: boolean;
  readonly viewer: string;
  readonly accounts: readonly string[];
  readonly limit: number;
};

export async function listMemberships(db: Database, ask: MembershipQuery): Promise<MembershipRecord[]> {
  const rows = await db.query(
    reading("membership-list", [ask.after.account, ask.after.person, ask.account, ask.person, ask.all, ask.viewer, ask.accounts, ask.limit]),
  );
  return rows.map((row) => membershipRow.parse(row));
}

/** Whether it was made: not when the person has `most` living tokens already. */
export async function insertToken(db: Database, token: TokenRecord, hash: Uint8Array, most: number): Promise<boolean> {
  const expiresAt = token.expiresAt === null ? null : instantToIso(token.expiresAt);
  return (
    (await db.query(statement("token-insert", [token.id, token.person, hash, token.label, token.createdBy, instantToIso(token.createdAt), expiresAt, most])))
      .length === 1
  );
}

export async function listTokens(db: Database, person: string, after: string, now: Instant, limit: number): Promise<TokenRecord[]> {
  const rows = await db.query(reading("token-list", [person, after, instantToIso(now), limit]));
  return rows.map((row) => tokenRow.parse(row));
}

export async function touchToken(db: Database, id: string, hash: Uint8Array, now: Instant): Promise<void> {
  await db.query(statement("token-touch", [id, hash, instantToIso(now)]));
}

export type Rotation = {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly now: Instant;
  readonly previousUntil: Instant;
  readonly expiresAt: Instant | null;
};

/** The token with its new secret; undefined when it is not (or no longer) there. An end of null leaves the end it has. */
export async function rotateToken(db: Database, { id, hash, now, previousUntil, expiresAt }: Rotation): Promise<TokenRecord | undefined> {
  const values = [id, hash, instantToIso(now), instantToIso(previousUntil), expiresAt === null ? null : instantToIso(expiresAt)];
  const rows = await db.query(statement("token-rotate", values));
  return rows.map((row) => tokenRow.parse(row))[0];
}

/** Whose living token this is. */
export async function tokenOwner(db: Database, id: string): Promise<string | undefined> {
  const rows = await db.query(reading("token-owner", [id]));
  return rows.map((row) => z.object({ person: z.string() }).parse(row).person)[0];
}

export async function revokeToken(db: Database, id: string, now: Instant): Promise<boolean> {
  return (await db.query(statement("token-revoke", [id, instantToIso(now)]))).length === 1;
}

export async function revokeTokensOf(db: Database, person: string, now: Instant): Promise<void> {
  await db.query(statement("token-revoke-all", [person, instantToIso(now)]));
}

export type Holder = z.output<typeof holderRow>;

/** Who holds the token with this hash, if it is good at `now`. */
export async function findToken(db: Database, hash: Uint8Array, now: Instant, noteEvery: Milliseconds): Promise<Holder | undefined> {
  const rows = await db.query(reading("token-find", [hash, instantToIso(now), `${noteEvery} milliseconds`]));
  return rows.map((row) => holderRow.parse(row))[0];
}
