/**
 * `npm run race`: a hundred thousand reservations race through two server processes for a tree of four levels that fits a third of them.
 *   npm run race -- --requests 20000
 * Ends with 1 when one too many or one too few was granted at any level.
 */
import { parseArgs } from "node:util";
import { openDatabase, migrate } from "#db";
import { makeServer } from "../beds/throwaway.ts";
import { race } from "../race/race.ts";

const { values } = parseArgs({ options: { requests: { type: "string", default: "100000" } } });
const server = await makeServer();
const db = await openDatabase({ url: server.url, statementTimeoutMs: 0 });
try {
  await migrate(db);
  const result = await race(db, server.url, Number(values.requests));
  const wrong = result.levels.filter((level) => !level.exact);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  for (const { account, depth, fits, held } of result.levels) say(`${"  ".repeat(depth)}${account}: ${held} reserved, ${fits} fit`);
  for (const fault of [...result.faults, ...result.contradictions.map((key) => `two answers for ${key}`)]) say(`fault: ${fault}`);
  say(`race_requests: ${result.requests}`);
  say(`race_per_s: ${Math.round((result.requests / result.elapsedMs) * 1000)}`);
  say(`race_granted: ${result.granted} of ${result.expected} that fit`);
  say(`race_levels_wrong: ${wrong.length} of ${result.levels.length}`);
  const isRight = result.granted === result.expected && wrong.length + result.faults.length + result.contradictions.length === 0;
  process.exitCode = isRight ? 0 : 1;
} finally {
  await db.close();
  await server.remove();
}
