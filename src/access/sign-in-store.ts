import { z } from "zod";
import type { Database } from "#db";
import { instantToIso, type Instant } from "#kernel";
import type { Session } from "./session.ts";
import { instantColumn, reading, statement } from "./store.ts";

/** The way of sign-in codes and sessions to the database. */

const bytesColumn = z.instanceof(Uint8Array);
const sessionRow = z
  .object({
    id: z.string(),
    person: z.string(),
    hash: bytesColumn,
    next_hash: bytesColumn.nullable(),
    next_offered_at: instantColumn.nullable(),
    previous_hash: bytesColumn.nullable(),
    rotated_at: instantColumn,
    seen_at: instantColumn,
    expires_at: instantColumn,
    admin: z.boolean(),
    active: z.boolean(),
  })
  .transform((row) => ({
    session: {
      id: row.id,
      person: row.person,
      hash: row.hash,
      nextHash: row.next_hash,
      nextOfferedAt: row.next_offered_at,
      previousHash: row.previous_hash,
      rotatedAt: row.rotated_at,
      seenAt: row.seen_at,
      expiresAt: row.expires_at,
    } satisfies Session,
    admin: row.admin,
    active: row.active,
  }));
export type FoundSession = z.output<typeof sessionRow>;

const personRow = z.object({ name: z.string(), admin: z.boolean() });
const endsRow = z.object({ seen_at: instantColumn, expires_at: instantColumn }).transform((row) => ({ seenAt: row.seen_at, expiresAt: row.expires_at }));

export type NewCode = {
  readonly hash: Uint8Array;
  readonly person: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
};

/** Stores a code; dead ones and the oldest of the person beyond four go. */
export async function insertCode(db: Database, code: NewCode): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(statement("code-sweep", [code.person, instantToIso(code.createdAt)]));
    await tx.query(statement("code-insert", [code.hash, code.person, code.createdBy, instantToIso(code.createdAt), instantToIso(code.expiresAt)]));
  });
}

/** Uses the code up and gives its person; undefined when there is no such code, or it is too late. */
export async function takeCode(db: Database, hash: Uint8Array, now: Instant): Promise<{ name: string; admin: boolean } | undefined> {
  const rows = await db.query(statement("code-take", [hash, instantToIso(now)]));
  return rows.map((row) => personRow.parse(row))[0];
}

export type NewSession = {
  readonly id: string;
  readonly person: string;
  readonly hash: Uint8Array;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly idleSince: Instant;
};

/** Stores a session; those that are over and the oldest of the person beyond nineteen go. */
export async function insertSession(db: Database, session: NewSession): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(statement("session-sweep", [instantToIso(session.createdAt), instantToIso(session.idleSince), session.person]));
    await tx.query(statement("session-insert", [session.id, session.person, session.hash, instantToIso(session.createdAt), instantToIso(session.expiresAt)]));
  });
}

export async function findSession(db: Database, hash: Uint8Array): Promise<FoundSession | undefined> {
  const rows = await db.query(reading("session-find", [hash]));
  return rows.map((row) => sessionRow.parse(row))[0];
}

export async function promoteSession(db: Database, id: string, hash: Uint8Array, now: Instant): Promise<void> {
  await db.query(statement("session-promote", [id, hash, instantToIso(now)]));
}

/** Whether the offer was noted: not when another one was made after `madeBefore`. */
export async function offerSecret(db: Database, id: string, hash: Uint8Array, now: Instant, madeBefore: Instant): Promise<boolean> {
  return (await db.query(statement("session-offer", [id, hash, instantToIso(now), instantToIso(madeBefore)]))).length === 1;
}

export async function touchSession(db: Database, id: string, now: Instant): Promise<void> {
  await db.query(statement("session-touch", [id, instantToIso(now)]));
}

export async function sessionTimes(db: Database, id: string): Promise<Pick<Session, "seenAt" | "expiresAt"> | undefined> {
  const rows = await db.query(reading("session-ends", [id]));
  return rows.map((row) => endsRow.parse(row))[0];
}

export async function endSession(db: Database, id: string): Promise<boolean> {
  return (await db.query(statement("session-end", [id]))).length === 1;
}

export async function endSessionsOf(db: Database, person: string): Promise<void> {
  await db.query(statement("session-end-all", [person]));
}
