import { lineFault, microsToDecimal, Problem, UUID, type Instant, type Micros } from "#kernel";
import type { AdjustAsk } from "./adjust/adjust.ts";
import type { ChargeAsk } from "./charge/charge.ts";
import type { HoldAsk, Origin, ReleaseAsk, SettleAsk } from "./ledger-types.ts";
import type { RenewAsk } from "./renew/renew.ts";

/** One movement is at most this much: far above any job, and 9,000 of them still fit an account's bigint. */
export const AMOUNT_MAX = 1_000_000_000_000_000n as Micros;

/** An attempt's ordinal is stored as a 32-bit integer. */
const ATTEMPT_MAX = 2_147_483_647;

const KEY_MAX = 300;
/** Keys of what writes a second transaction, under the ledger's own key with this one in it (`ledger:loss:<key>`). */
const KEY_OF_TWO_MAX = 280;
/** What the ledger's own keys begin with: no caller's key does, so that the two never meet. */
const OWN_KEYS = "ledger:";

/** What a hold's formula may weigh as JSON. */
const FORMULA_CHARACTERS_MAX = 16_384;

/** PostgreSQL's timestamps go further than Date's; this is the range of four-digit years, which every reader of RFC 3339 knows. */
const INSTANT_MIN = Date.UTC(1970, 0, 1);
const INSTANT_MAX = Date.UTC(9999, 11, 31);

/** How JSON writes NUL, most other control characters, and either half of a surrogate pair that stands alone; not after a backslash that is text itself. */
const UNSTORABLE_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:00[01]|d[89a-f])/i;

/*
 * An ask that cannot be booked is refused before it is put into a batch, where its fault would cost everybody a second round.
 */

export function checkHoldAsk(ask: HoldAsk): void {
  checkKey(ask.key);
  checkText("account", ask.account, 200);
  checkText("person", ask.person, 200);
  checkText("subject", ask.subject, 200);
  if (ask.partition != null) checkText("partition", ask.partition, 63);
  checkAmount(ask.amount);
  if (ask.expected !== null) checkAmount(ask.expected);
  checkInstant("expiresAt", ask.expiresAt);
  checkInstant("until", ask.until ?? null);
  if (ask.chargeClass != null) checkText("chargeClass", ask.chargeClass, 63);
  if (ask.request != null) checkText("request", ask.request, 64);
  if (ask.quote != null && !UUID.test(ask.quote)) throw unfit("quote", "is not the id of a quote");
  checkOrigin(ask.by);
}

/** The formula of an ask as JSON text. */
export function checkFormula(text: string): void {
  checkJson("formula", text);
}

function checkJson(name: string, text: string): void {
  if (text.length > FORMULA_CHARACTERS_MAX) throw unfit(name, `is longer than ${FORMULA_CHARACTERS_MAX} characters`);
  if (UNSTORABLE_ESCAPE.test(text)) throw unfit(name, "has a control character or half of a character");
}

export function checkSettleAsk(ask: SettleAsk): void {
  checkReleaseAsk(ask);
  checkAmount(ask.amount);
  if (ask.frees != null) checkAmount(ask.frees);
  if (!Number.isSafeInteger(ask.attempt) || ask.attempt < 1 || ask.attempt > ATTEMPT_MAX)
    throw unfit("attempt", `is not a whole number from 1 to ${ATTEMPT_MAX}`);
}

export function checkChargeAsk(ask: ChargeAsk): void {
  checkKey(ask.key);
  checkText("account", ask.account, 200);
  checkText("person", ask.person, 200);
  checkText("subject", ask.subject, 200);
  if (ask.partition != null) checkText("partition", ask.partition, 63);
  checkAmount(ask.amount);
  checkInstant("at", ask.at);
  if (ask.note !== "") checkText("note", ask.note, 500);
  if (ask.detail != null) checkJson("detail", JSON.stringify(ask.detail));
  checkOrigin(ask.by);
}

export function checkAdjustAsk(ask: AdjustAsk): void {
  checkKey(ask.key, KEY_OF_TWO_MAX);
  if (ask.mends < 0n || ask.mends >= 2n ** 63n) throw unfit("mends", "is not the number of a transaction");
  checkAmount(ask.amount);
  checkInstant("at", ask.at);
  checkText("note", ask.note, 500);
  checkText("approver", ask.approver, 200);
  if (ask.kind === "write-off") checkText("bearer", ask.bearer, 200);
  checkOrigin(ask.by);
}

export function checkRenewAsk(ask: RenewAsk): void {
  checkReleaseAsk(ask);
  if (ask.amount !== null) checkAmount(ask.amount);
  checkInstant("expiresAt", ask.expiresAt);
  checkInstant("until", ask.until ?? null);
  if (ask.formula !== undefined) checkJson("formula", JSON.stringify(ask.formula));
}

export function checkReleaseAsk(ask: ReleaseAsk): void {
  checkKey(ask.key);
  if (!UUID.test(ask.holdId)) throw unfit("holdId", "is not the id of a reservation");
  checkInstant("at", ask.at);
  if (ask.note !== "") checkText("note", ask.note, 500);
  checkOrigin(ask.by);
}

function checkKey(key: string, charactersMax = KEY_MAX): void {
  checkText("key", key, charactersMax);
  if (key.startsWith(OWN_KEYS)) throw unfit("key", `begins with ${OWN_KEYS}, as the ledger's own keys do`);
}

export function checkAmount(amount: Micros): void {
  if (amount < 0n || amount > AMOUNT_MAX) throw new Problem("budget.amount-invalid", { detail: `${microsToDecimal(amount)} cannot be booked` });
}

export function checkText(name: string, value: string, charactersMax: number): void {
  if (value.length < 1 || value.length > charactersMax) throw unfit(name, `has ${value.length} characters; from 1 to ${charactersMax} are allowed`);
  const fault = lineFault(value);
  if (fault !== null) throw unfit(name, fault);
}

function checkOrigin(by: Origin | undefined): void {
  if (by === undefined) return;
  checkText("by.person", by.person, 200);
  checkText("by.source", by.source, 200);
}

function checkInstant(name: string, at: Instant | null): void {
  if (at === null) return;
  if (!Number.isInteger(at) || at < INSTANT_MIN || at > INSTANT_MAX) throw unfit(name, "is not a time of the years 1970 to 9999");
}

function unfit(name: string, words: string): Problem {
  const fault = { code: "value.invalid", severity: "error", place: null, path: name, message: words, fix: null } as const;
  return new Problem("input.invalid", { detail: `${name} ${words}`, facts: { field: name }, faults: [fault] });
}
