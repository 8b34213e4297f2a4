/**
 * `npm run prove`: lives through ten thousand simulated lives of the budget service with everything that can go wrong, and does a million random operations on the reference
 * model and on PostgreSQL side by side. Prints what it found; ends with 1 when anything was wrong.
 *   npm run prove -- --smoke              a short run of everything
 *   npm run prove -- --seed 4711          one seed again, exactly as it was
 *   npm run prove -- --sql-seed 12        one seed of the model and PostgreSQL again
 *   npm run prove -- --seeds 500 --first 20000 --sql-operations 50000
 */
import { parseArgs } from "node:util";
import { ledgerVerifications } from "#budget";
import { migrate, openDatabase, verify, type Database } from "#db";
import { makeServer } from "../beds/throwaway.ts";
import { compareModelWithSql } from "./model-and-sql.ts";
import { findInSql, SQL_BUGS } from "./planted-in-sql.ts";
import { findPlantedBugs, proveSeeds, tooRare } from "./proof.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    "smoke": { type: "boolean", default: false },
    "seed": { type: "string" },
    "sql-seed": { type: "string" },
    "seeds": { type: "string" },
    "first": { type: "string", default: "0" },
    "sql-operations": { type: "string" },
  },
});
const SEEDS = Number(values.seeds ?? (values.smoke ? 60 : 10_000));
const SQL_OPERATIONS = Number(values["sql-operations"] ?? (values.smoke ? 40_000 : 1_000_000));

/** So many operations share a tree: enough for a long history, few enough that looking a key up stays what it is. */
const SQL_SIZE = { operations: 10_000, batchMax: 250 };
/** In the first of them nobody decides about costs that do not fit: the seeds are even there. */
const SQL_CONNECTIONS = 2;
const PROGRESS_EVERY = 500;

const say = (line: string) => process.stdout.write(`${line}\n`);
const faults: string[] = [];

if (values.seed !== undefined) await replay(Number(values.seed));
else if (values["sql-seed"] !== undefined)
  await withDatabases(1, async ([db]) => faults.push(...(await compareSeed(db!, Number(values["sql-seed"]))).differences));
else await proveAll();
for (const words of faults) say(`fault: ${words}`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function replay(seed: number): Promise<void> {
  const { violations, operations, struck, digest } = await simulate(seed);
  say(`seed ${seed}: ${operations} operations, ${digest}`);
  for (const kind of struck) say(`  ${kind}`);
  faults.push(...violations);
}

async function proveAll(): Promise<void> {
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1000);
  const compared = await withDatabases(SQL_CONNECTIONS, compareAll);
  const differences = faults.length;
  say(`the model and PostgreSQL: ${compared} operations, after ${seconds()} s`);
  const inSql = await findAllInSql();
  const proof = await proveSeeds(Number(values.first), SEEDS, (done) => done % PROGRESS_EVERY === 0 && say(`${done} seeds, after ${seconds()} s`));
  const planted = await findPlantedBugs();
  const found = [...planted.values()].filter((words) => words !== null).length;
  const perSeed = Math.round(proof.operations / proof.seeds);
  faults.push(...proof.violations.map((words) => `${words} (npm run prove -- --seed ${/\d+/.exec(words)?.[0]})`));
  // Of a few seeds a hundredth is less than one.
  if (SEEDS >= 500) faults.push(...tooRare(proof));
  if (perSeed < 1_000) faults.push(`${perSeed} operations a seed; at least 1,000 are promised`);
  for (const [name, words] of planted) say(`planted: ${name}: ${words ?? "not found"}`);
  for (const [kind, count] of proof.struck) say(`struck: ${kind}: in ${((count * 100) / proof.seeds).toFixed(1)} % of the seeds`);
  if (found < planted.size) faults.push("a planted bug was not found by the simulator");
  say(`prove_sql_operations: ${compared}`);
  say(`prove_sql_planted_found: ${inSql}`);
  say(`prove_operations_per_seed: ${perSeed}`);
  say(`prove_s: ${seconds()}`);
  say(`prove_seeds: ${proof.seeds}`);
  say(`prove_operations: ${proof.operations}`);
  // Of the simulator, and of the model and PostgreSQL.
  say(`prove_violations: ${differences + proof.violations.length}`);
  say(`planted_bugs_found: ${found}`);
}

function compareSeed(db: Database, seed: number): ReturnType<typeof compareModelWithSql> {
  return compareModelWithSql(db, seed, { ...SQL_SIZE, overrun: seed % SQL_CONNECTIONS === 1 });
}

async function compareAll(databases: readonly Database[]): Promise<number> {
  let operations = 0;
  await Promise.all(
    databases.map(async (db, index) => {
      for (let seed = SQL_CONNECTIONS + index; operations < SQL_OPERATIONS; seed += SQL_CONNECTIONS) {
        const result = await compareSeed(db, seed);
        operations += result.operations;
        faults.push(...result.differences);
      }
      for (const { faults: broken } of await verify(db, ledgerVerifications())) faults.push(...broken);
    }),
  );
  return operations;
}

async function findAllInSql(): Promise<number> {
  return withDatabases(SQL_BUGS.length, async (databases) => {
    let found = 0;
    for (const [index, bug] of SQL_BUGS.entries()) {
      const words = await findInSql(databases[index]!, bug);
      say(`planted in SQL: ${bug.name}: ${words ?? "not found"}`);
      if (words === null) faults.push(`${bug.name}, planted in SQL, was not found`);
      else found += 1;
    }
    return found;
  });
}

/** So many databases with all migrations, on a server of their own that is gone afterwards. */
async function withDatabases<Result>(count: number, work: (databases: readonly Database[]) => Promise<Result>): Promise<Result> {
  const server = await makeServer();
  const databases: Awaited<ReturnType<typeof openDatabase>>[] = [];
  try {
    const admin = await openDatabase({ url: server.url });
    databases.push(admin);
    for (let index = 0; index < count; index += 1) {
      await admin.query(`create database prove_${index} template template0`);
      const db = await openDatabase({ url: server.url.replace(/\/[^/]*$/, `/prove_${index}`), statementTimeoutMs: 0 });
      databases.push(db);
      await migrate(db);
    }
    return await work(databases.slice(1));
  } finally {
    await Promise.all(databases.map((db) => db.close()));
    await server.remove();
  }
}
