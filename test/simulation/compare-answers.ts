import type { Books, Transaction } from "#budget/model";
import type { Told } from "./clients.ts";

/** Refusals that the ledger keeps under their key: no copy that comes later may be granted. */
const KEPT = new Set(["budget.insufficient", "budget.overrun", "budget.frozen", "budget.closed", "budget.ended", "budget.not-started", "budget.crosses-end"]);

/** Everybody was told what the journal says, and the journal says nothing that nobody asked for. */
export function compareAnswers(books: Books, told: readonly Told[], violation: (words: string) => void): void {
  const asked = new Set<string>();
  for (const { key, kind, amount, reply } of told) {
    const name = books.keys.has(`http:${key}`) ? `http:${key}` : key;
    asked.add(name);
    const done = books.keys.get(name);
    if (reply === null) violation(`${key} was never answered`);
    else if (reply.kind === "done" && done === undefined) violation(`${key} was said to be done, and is not in the journal`);
    else if (reply.kind === "done" && kind === "lease") {
      if (amount !== null && done!.amount > amount) violation(`${key} leased ${done!.amount} of the ${amount} that were asked for`);
      if ((reply.value as { amount: bigint }).amount !== done!.amount) violation(`${key} was told of another amount than the journal has`);
    } else if (reply.kind === "done" && amount !== null && kind !== "renew" && done!.amount !== amount)
      violation(`${key} moved ${done!.amount} instead of ${amount}`);
    else if (reply.kind === "done" && kind === "hold" && (reply.value as { holdId: string }).holdId !== done!.holdId)
      violation(`${key} was told of another reservation`);
    else if (reply.kind === "refused" && (kind === "hold" || kind === "renew" || kind === "lease") && KEPT.has(reply.code) && done !== undefined)
      violation(`${key} was refused, and is in the journal`);
    else if (reply.kind === "refused" && !reply.code.startsWith("budget.") && !["input.invalid", "value.range"].includes(reply.code))
      violation(`${key} was answered ${reply.code}`);
  }
  for (const { key, kind } of books.journal)
    if (
      kind !== "expire" &&
      !/^(?:open|ledger:award-dates:open|ledger:lease-expire|release|period):/.test(key) &&
      !asked.has(key) &&
      !asked.has(key.replace(/^ledger:(?:loss|lease-charge):/, ""))
    )
      violation(`nobody asked for ${key}`);
}
