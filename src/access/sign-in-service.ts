import { addMs, instant, milliseconds, newId, Problem, type Instant, type Person } from "#kernel";
import type { AccessContext } from "./context.ts";
import type { People } from "./people-service.ts";
import { codeHash, isSecret, newCode, newSecret, normalCode, secretHash } from "./secret.ts";
import { judgeSession, SEEN_EVERY_MS, SESSION_IDLE_MS, SESSION_MS, sessionEndsAt } from "./session.ts";
import * as store from "./sign-in-store.ts";

export const CODE_MS = milliseconds(10 * 60 * 1000);

export type SignInCode = { readonly code: string; readonly person: string; readonly expiresAt: Instant };

/** Who a session stands for. `newSecret` is to be sent as the cookie from now on, when it is not null. */
export type SessionHolder = { readonly person: Person; readonly id: string; readonly newSecret: string | null };

export type SignIn = ReturnType<typeof openSignIn>;

/** One-time codes and the browser sessions they become. */
export function openSignIn(context: AccessContext, people: People) {
  const { db, clock, randomness } = context;

  /** A new code for a person. Throws `person.unknown` and `access.forbidden`. */
  async function createCode(asker: Person, name: string): Promise<SignInCode> {
    const person = await people.personFor(await people.viewer(asker), name, "person.credentials");
    if (!person.active) throw new Problem("person.unknown", { detail: `${name} is switched off`, facts: { person: name } });
    const now = clock.now();
    const code = newCode(randomness);
    const expiresAt = addMs(now, CODE_MS);
    await store.insertCode(db, { hash: await codeHash(code), person: name, createdBy: asker.name, createdAt: now, expiresAt });
    return { code, person: name, expiresAt };
  }

  /** Uses a code up and opens a session. Throws `access.code-wrong` for one that is wrong, used or too old: which of these is not said. */
  async function signIn(typed: string): Promise<{ person: Person; secret: string; endsAt: Instant }> {
    const code = normalCode(typed);
    const now = clock.now();
    const person = code === undefined ? undefined : await store.takeCode(db, await codeHash(code), now);
    if (person === undefined) throw new Problem("access.code-wrong", { detail: "the code is wrong, was used already, or is older than ten minutes" });
    const secret = newSecret("hgs", randomness);
    const expiresAt = addMs(now, SESSION_MS);
    const idleSince = instant(now - SESSION_IDLE_MS);
    await store.insertSession(db, { id: newId(clock, randomness), person: person.name, hash: secretHash(secret), createdAt: now, expiresAt, idleSince });
    return { person, secret, endsAt: sessionEndsAt({ seenAt: now, expiresAt }) };
  }

  /** Whose session this is; null when it is not (or no longer) good. Exchanges the secret as session.ts tells. */
  async function holder(secret: string): Promise<SessionHolder | null> {
    if (!isSecret(secret, "hgs")) return null;
    const hash = secretHash(secret);
    const found = await store.findSession(db, hash);
    if (found === undefined) return null;
    const { session, admin, active } = found;
    const now = clock.now();
    const verdict = judgeSession(session, hash, now);
    if (verdict.kind === "bad" || !active) {
      await store.endSession(db, session.id);
      return null;
    }
    if (verdict.promote) await store.promoteSession(db, session.id, hash, now);
    else if (verdict.touch) await store.touchSession(db, session.id, now);
    return { person: { name: session.person, admin }, id: session.id, newSecret: verdict.offer ? await offer(session.id, now) : null };
  }

  async function offer(id: string, now: Instant): Promise<string | null> {
    const secret = newSecret("hgs", randomness);
    return (await store.offerSecret(db, id, secretHash(secret), now, instant(now - SEEN_EVERY_MS))) ? secret : null;
  }

  /** When a session ends if nothing more comes; null when it is over. */
  async function endsAt(id: string): Promise<Instant | null> {
    const times = await store.sessionTimes(db, id);
    return times === undefined ? null : sessionEndsAt(times);
  }

  async function end(id: string): Promise<boolean> {
    return store.endSession(db, id);
  }

  async function endAllOf(person: string): Promise<void> {
    await store.endSessionsOf(db, person);
  }

  return { createCode, signIn, holder, endsAt, end, endAllOf };
}
