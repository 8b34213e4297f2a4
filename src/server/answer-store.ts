import { z } from "zod";
import { loadStatement, type Database, type Statement } from "#db";
import { instantToIso, type Instant } from "#kernel";

/** The way of stored answers to the database. */

/** An answer as it was sent: status, the few headers that belong to it, and the body. */
export type StoredAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

const row = z
  .object({
    fingerprint: z.instanceof(Uint8Array),
    locked_until: z.number().transform((value) => value as Instant),
    status: z.int().nullable(),
    headers: z.record(z.string(), z.string()).nullable(),
    body: z.string().nullable(),
  })
  .transform((found) => ({
    fingerprint: found.fingerprint,
    lockedUntil: found.locked_until,
    answer: found.status === null ? null : { status: found.status, headers: found.headers ?? {}, body: found.body ?? "" },
  }));
export type AnswerRow = z.output<typeof row>;

export type Claim = {
  readonly person: string;
  readonly key: string;
  readonly route: string;
  /** SHA-256 over everything that makes two requests the same. */
  readonly fingerprint: Uint8Array;
  readonly instance: string;
};

function statement(name: string, values: readonly unknown[]): Statement {
  return { ...loadStatement("server", name), values };
}

/** Whether the key is this instance's to work on until `until`. */
export async function claimKey(db: Database, claim: Claim, now: Instant, until: Instant): Promise<boolean> {
  const values = [claim.person, claim.key, claim.route, claim.fingerprint, claim.instance, instantToIso(now), instantToIso(until)];
  return (await db.query(statement("answer-claim", values))).length === 1;
}

export async function getAnswer(db: Database, person: string, key: string): Promise<AnswerRow | undefined> {
  const rows = await db.query({ ...statement("answer-get", [person, key]), readOnly: true });
  return rows.map((found) => row.parse(found))[0];
}

/** Whether it was stored: not when another instance has taken the key over in between. */
export async function storeAnswer(db: Database, claim: Claim, answer: StoredAnswer): Promise<boolean> {
  const values = [claim.person, claim.key, claim.instance, answer.status, JSON.stringify(answer.headers), answer.body];
  return (await db.query(statement("answer-store", values))).length === 1;
}

export async function renewClaim(db: Database, claim: Claim, until: Instant): Promise<void> {
  await db.query(statement("answer-renew", [claim.person, claim.key, claim.instance, instantToIso(until)]));
}

export async function releaseClaim(db: Database, claim: Claim): Promise<void> {
  await db.query(statement("answer-release", [claim.person, claim.key, claim.instance]));
}

export async function freeInstance(db: Database, instance: string, now: Instant): Promise<void> {
  await db.query(statement("answer-free-instance", [instance, instantToIso(now)]));
}

export async function sweepAnswers(db: Database, before: Instant, now: Instant): Promise<void> {
  await db.query(statement("answer-sweep", [instantToIso(before), instantToIso(now)]));
}
