import { addMs, milliseconds, type Instant } from "#kernel";

/**
 * How long an issuer's keys are believed. They are read when the first token comes, and again when they are ten minutes old or a token names a key that is not among
 * them. While they cannot be read, the last ones stay good for a day: an issuer's host that is down must not lock a laboratory out, and a key that was taken back must not
 * be good for ever. After a try that failed the next comes half a minute later, however many tokens come; so does the next for unknown keys, which anybody can name.
 */
export const KEYS_FRESH_MS = milliseconds(10 * 60 * 1000);
export const KEYS_KEPT_MS = milliseconds(24 * 3600 * 1000);
export const TRY_AGAIN_MS = milliseconds(30 * 1000);

export type KeyAges = { readonly readAt: Instant | null; readonly triedAt: Instant | null };

/** Whether the keys are to be read before the next token is looked at. A clock that was set back counts as time that has passed. */
export function isReadingDue({ readAt, triedAt }: KeyAges, now: Instant, unknownKey: boolean): boolean {
  const mayTry = triedAt === null || now < triedAt || now >= addMs(triedAt, TRY_AGAIN_MS);
  const old = readAt === null || now < readAt || now >= addMs(readAt, KEYS_FRESH_MS);
  return mayTry && (old || unknownKey);
}

/** Whether keys that were read then may still be used. */
export function areKeysGood(readAt: Instant | null, now: Instant): boolean {
  return readAt !== null && now < addMs(readAt, KEYS_KEPT_MS);
}
