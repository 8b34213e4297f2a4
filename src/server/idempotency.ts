import { createHash } from "node:crypto";
import type { Database } from "#db";
import { addMs, instant, milliseconds, Problem, type Clock } from "#kernel";
import { claimKey, getAnswer, releaseClaim, renewClaim, storeAnswer, sweepAnswers, type Claim, type StoredAnswer } from "./answer-store.ts";
import { ANSWER_KEPT_MS, CLAIM_MS, CLAIM_RENEW_MS } from "./limits.ts";

/**
 * One request, one effect, however often it is sent (draft-ietf-httpapi-idempotency-key-header).
 *
 * A key is free, claimed, or answered. The first request with a key claims it, does the work, and stores the answer; the same request
 * again gets the stored answer; another request with the same key is refused (422); the same one while the first is at work is told to
 * come back (409). A claim runs out: when its process was killed, the next one with the same key does the work again, and the room that
 * does it makes its effects unique by the same key. So the answer may be lost, an effect is never doubled.
 *
 * Answers worth keeping are those that the work gave: success, and refusals of the request itself. Faults of ours (5xx) and "too much at
 * once" (429) free the key, because the same request may succeed a moment later.
 */

/** Printable ASCII without spaces. The draft writes the key as a quoted string; both spellings mean the same key. */
const KEY = /^[\x21-\x7e]{1,200}$/;

/** The key of a request's header. Throws `idempotency.missing` and `idempotency.invalid`. */
export function readKey(header: string | string[] | undefined): string {
  if (header === undefined || header === "")
    throw new Problem("idempotency.missing", { detail: "this request moves money or starts something, and has no Idempotency-Key" });
  const text = typeof header === "string" ? (/^"(.*)"$/.exec(header)?.[1] ?? header) : "";
  if (!KEY.test(text)) throw new Problem("idempotency.invalid", { detail: "the Idempotency-Key is not 1 to 200 printable ASCII characters without spaces" });
  return text;
}

/** What makes two requests the same: the route, the URL with its query, and the body as it was sent. */
export function fingerprint(route: string, url: string, body: string): Uint8Array {
  return createHash("sha256").update(`${route}\n${url}\n`).update(body).digest();
}

export type OnceContext = { readonly db: Database; readonly clock: Clock; readonly onLost: (words: string, error: unknown) => void };

export type Once = { readonly answer: StoredAnswer; readonly replayed: boolean };

/**
 * Does `work` once for a claim, and gives its answer or the stored one. `work` turns refusals into answers itself and throws what is not
 * to be stored. Throws `idempotency.mismatch` and `idempotency.running`.
 */
export async function once(context: OnceContext, claim: Claim, work: () => Promise<StoredAnswer>): Promise<Once> {
  const { db, clock } = context;
  const now = clock.now();
  if (!(await claimKey(db, claim, now, addMs(now, milliseconds(CLAIM_MS))))) return { answer: await storedAnswer(context, claim), replayed: true };
  const renewal = setInterval(() => {
    renewClaim(db, claim, addMs(clock.now(), milliseconds(CLAIM_MS))).catch((error: unknown) =>
      context.onLost("an idempotency claim could not be renewed", error),
    );
  }, CLAIM_RENEW_MS);
  renewal.unref();
  try {
    const answer = await work();
    await storeAnswer(db, claim, answer).catch((error: unknown) => context.onLost("an answer could not be stored under its idempotency key", error));
    return { answer, replayed: false };
  } catch (error) {
    await releaseClaim(db, claim).catch((failure: unknown) => context.onLost("an idempotency claim could not be released", failure));
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

async function storedAnswer(context: OnceContext, claim: Claim): Promise<StoredAnswer> {
  const found = await getAnswer(context.db, claim.person, claim.key);
  if (found !== undefined && !Buffer.from(found.fingerprint).equals(claim.fingerprint)) {
    throw new Problem("idempotency.mismatch", { detail: "this Idempotency-Key came before with another request" });
  }
  if (found === undefined || found.answer === null) {
    // Freed in this very moment counts as running too: the caller comes back and finds it free.
    const waitMs = found === undefined ? 1000 : Math.max(1000, found.lockedUntil - context.clock.now());
    throw new Problem("idempotency.running", {
      detail: "the same request is being worked on",
      facts: { retry_after_s: Math.min(5, Math.ceil(waitMs / 1000)) },
    });
  }
  return found.answer;
}

/** Forgets answers that are older than a day; to be called now and then. */
export async function forgetOldAnswers(db: Database, clock: Clock): Promise<void> {
  const now = clock.now();
  await sweepAnswers(db, instant(now - ANSWER_KEPT_MS), now);
}
