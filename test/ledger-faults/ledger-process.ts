/**
 * A server process of the ledger, to be killed: it takes requests as lines of JSON and answers each with a line.
 *   node ledger-process.ts URL
 */
import { createInterface } from "node:readline";
import { openDatabase } from "#db";
import { outcomeOf, sideOf, type Request } from "./side.ts";

const db = await openDatabase({ url: process.argv[2] ?? "", connectionsMax: 1 });
const side = sideOf(db);
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await outcomeOf(side.perform(JSON.parse(line) as Request));
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
await side.ledger.close();
await db.close();
