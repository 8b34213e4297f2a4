import type { Database } from "#db";
import { Problem, type Clock, type Randomness } from "#kernel";

/** What access needs to know of budget accounts. */
export type AccountPaths = {
  /** The account's name, then its ancestors' up to the root; null when there is no such account. */
  pathOf(account: string): Promise<readonly string[] | null>;
};

export type AccessContext = {
  readonly db: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly accounts: AccountPaths;
};

/** The person as whom the owner's token signs in. Always there, always an administrator. */
export const OWNER = "owner";

export function noSuchPerson(name: string): Problem {
  return new Problem("person.unknown", { detail: `there is no person ${name}`, facts: { person: name } });
}
