import { openIssuers, type Issuer, type Issuers } from "./issuer/use-issuers.ts";
import { OWNER, type AccessContext } from "./context.ts";
import { openMemory } from "./memory.ts";
import { openPeople, type People } from "./people-service.ts";
import { openSignIn, type SignIn } from "./sign-in-service.ts";
import { openTokens, type TokenHolder, type Tokens } from "./tokens-service.ts";

export type Access = { readonly people: People; readonly signIn: SignIn; readonly tokens: Tokens; readonly issuers: Issuers };

/** Who else makes tokens that are good here, and where it is told when their keys cannot be read. */
export type ForeignTokens = { readonly issuers: readonly Issuer[]; readonly say: (facts: object, words: string) => void };

const NONE: ForeignTokens = { issuers: [], say: () => undefined };

/** Opens the room; makes the person of the owner when it is not there yet. */
export async function openAccess(context: AccessContext, ownerTokenHash: Uint8Array, foreign: ForeignTokens = NONE): Promise<Access> {
  const holders = openMemory<TokenHolder | null>(context.clock);
  const people = openPeople(context, () => {
    holders.forget();
    issuers.forget();
  });
  const issuers = openIssuers(foreign.issuers, { clock: context.clock, say: foreign.say, personOf: people.current });
  await people.ensure({ name: OWNER, displayName: "Owner of this installation", email: null, admin: true });
  return { people, signIn: openSignIn(context, people), tokens: openTokens(context, people, { name: OWNER, tokenHash: ownerTokenHash, holders }), issuers };
}
