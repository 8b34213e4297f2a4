import { addMs, milliseconds, newId, Problem, type Person } from "#kernel";
import type { AccessContext } from "./context.ts";
import type { Memory } from "./memory.ts";
import { pageOf, type Page, type People } from "./people-service.ts";
import { can } from "./policy.ts";
import { isSecret, newSecret, sameHash, secretHash } from "./secret.ts";
import * as store from "./store.ts";
import type { TokenRecord } from "./store.ts";

/** A person may have this many living tokens; a script that makes one each run is found out before it fills a table. */
const TOKENS_PER_PERSON_MAX = 50;
const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;
/** How often, at most, it is written down that a token was used. */
const USED_EVERY_MS = milliseconds(60 * 1000);
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/** Who a token stands for; `id` names the token in logs. */
export type TokenHolder = { readonly person: Person; readonly id: string };

export type Tokens = ReturnType<typeof openTokens>;

/** API tokens of people, and the token of the installation's owner, of which only the hash is given here. */
export function openTokens(
  context: AccessContext,
  people: People,
  owner: { readonly name: string; readonly tokenHash: Uint8Array; readonly holders: Memory<TokenHolder | null> },
) {
  const { db, clock, randomness } = context;

  /** Whose token this is; null when it is not (or no longer) good. */
  async function holder(secret: string): Promise<TokenHolder | null> {
    if (isSecret(secret, "hgo")) {
      return sameHash(secretHash(secret), owner.tokenHash) ? { person: { name: owner.name, admin: true }, id: "owner" } : null;
    }
    if (!isSecret(secret, "hgt")) return null;
    const hash = secretHash(secret);
    return owner.holders.recall(hash.toString("latin1"), async () => {
      const now = clock.now();
      const found = await store.findToken(db, hash, now, USED_EVERY_MS);
      if (found?.note === true) await store.touchToken(db, found.id, hash, now);
      return found === undefined ? null : { person: { name: found.name, admin: found.admin }, id: found.id };
    });
  }

  /** Throws `person.unknown`, `access.forbidden`, and `access.too-many` beyond 50 living ones. The secret is in this answer only. */
  async function create(asker: Person, ask: { person: string; label: string; days: number | null }): Promise<{ record: TokenRecord; secret: string }> {
    await people.personFor(await people.viewer(asker), ask.person, "person.credentials");
    const now = clock.now();
    const secret = newSecret("hgt", randomness);
    const expiresAt = ask.days === null ? null : addMs(now, milliseconds(ask.days * DAY_MS));
    const record: TokenRecord = {
      id: newId(clock, randomness),
      person: ask.person,
      label: ask.label,
      createdBy: asker.name,
      createdAt: now,
      expiresAt,
      lastUsedAt: null,
      rotatedAt: null,
      previousUntil: null,
    };
    if (await store.insertToken(db, record, secretHash(secret), TOKENS_PER_PERSON_MAX)) return { record, secret };
    throw new Problem("access.too-many", {
      detail: `${ask.person} has ${TOKENS_PER_PERSON_MAX} tokens already`,
      fix: "Revoke some that are no longer used: DELETE /api/v1/access/tokens/<id>.",
    });
  }

  async function list(asker: Person, ask: { person: string; after: string | null; limit: number }): Promise<Page<TokenRecord>> {
    await people.personFor(await people.viewer(asker), ask.person, "person.credentials");
    return pageOf(await store.listTokens(db, ask.person, ask.after ?? FIRST_ID, clock.now(), ask.limit + 1), ask.limit, ({ id }) => id);
  }

  const noSuchToken = (id: string) => new Problem("token.unknown", { detail: `there is no token ${id}` });

  async function mayChange(asker: Person, id: string): Promise<boolean> {
    const person = await store.tokenOwner(db, id);
    return person !== undefined && can({ ...asker, memberships: [] }, "person.credentials", { kind: "person", name: person, accounts: [] });
  }

  /** Throws `token.unknown`, also for a token of somebody else. */
  async function revoke(asker: Person, id: string): Promise<void> {
    const revoked = (await mayChange(asker, id)) && (await store.revokeToken(db, id, clock.now()));
    owner.holders.forget();
    if (!revoked) throw noSuchToken(id);
  }

  /** A new secret for the same token; the one before it stays good for so long. Throws `token.unknown`, also for a token of somebody else. */
  async function rotate(asker: Person, ask: { id: string; overlapHours: number; days: number | null }): Promise<{ record: TokenRecord; secret: string }> {
    if (!(await mayChange(asker, ask.id))) throw noSuchToken(ask.id);
    const now = clock.now();
    const secret = newSecret("hgt", randomness);
    const previousUntil = addMs(now, milliseconds(ask.overlapHours * HOUR_MS));
    const expiresAt = ask.days === null ? null : addMs(now, milliseconds(ask.days * DAY_MS));
    const record = await store.rotateToken(db, { id: ask.id, hash: secretHash(secret), now, previousUntil, expiresAt }).finally(owner.holders.forget);
    if (record === undefined) throw noSuchToken(ask.id);
    return { record, secret };
  }

  return { holder, create, list, revoke, rotate };
}
