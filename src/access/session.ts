import { addMs, milliseconds, type Instant } from "#kernel";
import { sameHash } from "./secret.ts";

/**
 * The life of a browser session.
 *
 * It ends 7 days after the sign-in at the latest, after 12 hours without a request, or when its person signs out or is switched off.
 * Its secret is exchanged every hour, so that a copied cookie is of use for an hour at most after its owner comes back: the server offers
 * a new secret (`next`), which takes over at the first request that carries it. The old one stays good for a minute more, because the
 * requests of a page overlap; an old secret that comes later than that means that two parties hold the session, and ends it.
 * An offer that got lost on the way (a cut connection) is made again, at most once a minute, so that overlapping answers do not each
 * make their own.
 */

export const SESSION_MS = milliseconds(7 * 24 * 3600 * 1000);
export const SESSION_IDLE_MS = milliseconds(12 * 3600 * 1000);
export const SECRET_AGE_MS = milliseconds(3600 * 1000);
export const PREVIOUS_GRACE_MS = milliseconds(60 * 1000);
/** How often, at most, a session's row is written to say that it was seen, and a new secret offered. */
export const SEEN_EVERY_MS = milliseconds(60 * 1000);

export type Session = {
  readonly id: string;
  readonly person: string;
  readonly hash: Uint8Array;
  readonly nextHash: Uint8Array | null;
  readonly nextOfferedAt: Instant | null;
  readonly previousHash: Uint8Array | null;
  readonly rotatedAt: Instant;
  readonly seenAt: Instant;
  readonly expiresAt: Instant;
};

export type SessionVerdict =
  | { readonly kind: "good"; readonly promote: boolean; readonly offer: boolean; readonly touch: boolean }
  /** `end`: the session is to be removed; `why` is for the log. */
  | { readonly kind: "bad"; readonly why: "expired" | "idle" | "reused" };

/** When the session ends if nothing more comes. */
export function sessionEndsAt(session: Pick<Session, "seenAt" | "expiresAt">): Instant {
  const idle = addMs(session.seenAt, SESSION_IDLE_MS);
  return idle < session.expiresAt ? idle : session.expiresAt;
}

/** Judges a session that was found by one of its three hashes. */
export function judgeSession(session: Session, presented: Uint8Array, now: Instant): SessionVerdict {
  if (now >= session.expiresAt) return { kind: "bad", why: "expired" };
  if (now >= sessionEndsAt(session)) return { kind: "bad", why: "idle" };
  const touch = now >= addMs(session.seenAt, SEEN_EVERY_MS);
  if (session.nextHash !== null && sameHash(presented, session.nextHash)) return { kind: "good", promote: true, offer: false, touch: true };
  if (sameHash(presented, session.hash)) {
    const old = now >= addMs(session.rotatedAt, SECRET_AGE_MS);
    const offered = session.nextOfferedAt !== null && now < addMs(session.nextOfferedAt, SEEN_EVERY_MS);
    return { kind: "good", promote: false, offer: old && !offered, touch };
  }
  if (now < addMs(session.rotatedAt, PREVIOUS_GRACE_MS)) return { kind: "good", promote: false, offer: false, touch };
  return { kind: "bad", why: "reused" };
}
