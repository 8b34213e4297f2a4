import { resolve } from "node:path";
import { describeBackup, type TableFacts } from "#db";
import { EXIT, instantToIso, Problem } from "#kernel";
import type { PlainRun, RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { processRuns, readServerFile } from "../endpoint.ts";
import { bytes, count, localTime } from "../format.ts";
import type { DatabaseTools } from "../ports.ts";
import { running } from "../running.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { dbBackupTakes, dbRestoreTakes, dbVerifyTakes } from "./installation.ts";

/** Opens the database for one command and closes it whatever happens. */
async function withTools<T>(context: Context, work: (tools: DatabaseTools) => Promise<T>): Promise<T> {
  const wire = await context.wire();
  const tools = await wire.openDatabaseTools(running(context));
  try {
    return await work(tools);
  } finally {
    context.progress.end();
    await tools.close();
  }
}

/** The answer's shape with -o json: `{ schema_version, pending, applied: [{ number, name }] }`. */
export const migrate: PlainRun = (context) =>
  withTools(context, async ({ service }) => {
    const before = await service.status();
    const applied = context.shared.dryRun ? [] : await service.migrate(({ number, name }) => context.progress.done(`${number}`, name));
    const pending = context.shared.dryRun ? before.pending : 0;
    const version = applied.at(-1)?.number ?? before.schemaVersion;
    await context.output.show({ schema_version: version, pending, applied: applied.map(({ number, name }) => ({ number, name })) }, () => {
      if (context.shared.dryRun) return `${count(before.pending, "migration")} would be applied: from ${before.schemaVersion} to ${before.schemaKnown}\n`;
      return applied.length === 0 ? `up to date at migration ${version}\n` : `${count(applied.length, "migration")} applied; now at ${version}\n`;
    });
  });

/** The answer's shape with -o json: `{ where, data_folder, version, database, started_at, size_bytes, schema_version, schema_known, pending, connections, connections_max, tables }`. */
export const status: PlainRun = (context) =>
  withTools(context, async ({ service }) => {
    const now = await service.status();
    const answer = {
      where: now.where,
      data_folder: now.dataFolder,
      version: now.version,
      database: now.database,
      started_at: instantToIso(now.startedAt),
      size_bytes: Number(now.sizeBytes),
      schema_version: now.schemaVersion,
      schema_known: now.schemaKnown,
      pending: now.pending,
      connections: now.connections,
      connections_max: now.connectionsMax,
      tables: now.tables.map((table) => ({ name: table.name, rows_about: Number(table.rowsAbout), size_bytes: Number(table.sizeBytes) })),
    };
    await context.output.show(answer, ({ style, columns }) =>
      [
        renderPairs(
          [
            ["where", now.where],
            ["data", now.dataFolder],
            ["PostgreSQL", `${now.version}, since ${localTime(answer.started_at)}`],
            ["size", bytes(answer.size_bytes)],
            ["schema", now.pending === 0 ? `${now.schemaVersion}, up to date` : `${now.schemaVersion} of ${now.schemaKnown}: headgate db migrate`],
            ["connections", `${now.connections} of ${now.connectionsMax}`],
          ],
          style,
        ),
        now.tables.length === 0 ? "" : "\n",
        renderTable(
          answer.tables,
          [
            { head: "table", cell: (table) => table.name },
            { head: "rows, about", cell: (table) => String(table.rows_about), align: "right" },
            { head: "size", cell: (table) => bytes(table.size_bytes), align: "right" },
          ],
          { style, columns },
        ),
      ].join(""),
    );
  });

/** The answer's shape with -o json: `{ file, bytes, schema_version, sequences, tables: [{ name, rows, bytes, sha256 }] }`. */
export const backup: RunOf<typeof dbBackupTakes> = (context, { args, flags }) =>
  withTools(context, async ({ service }) => {
    const file = resolve(context.surroundings.cwd, args.file);
    const summary = await service.backup(file, { overwrite: flags.overwrite, onTable: (table) => tell(context, table) });
    context.progress.end();
    const { schemaVersion, sequences, tables } = summary;
    await context.output.show(
      { file, bytes: summary.bytes, schema_version: schemaVersion, sequences, tables },
      () => `${file}  ${bytes(summary.bytes)}, ${count(tables.length, "table")}, migration ${schemaVersion}\n`,
    );
  });

/** The answer's shape with -o json: `{ file, header, sequences, tables, migrated: [{ number, name }] }`. */
export const restore: RunOf<typeof dbRestoreTakes> = async (context, { args, flags }) => {
  refuseWhileServed(context);
  await withTools(context, async ({ service }) => {
    const file = resolve(context.surroundings.cwd, args.file);
    if (flags.replace) await context.confirm(`Everything in the database at ${(await service.status()).where} is replaced by ${file}.`);
    const { header, tables, sequences, migrated } = await service.restore(file, { replace: flags.replace, onTable: (table) => tell(context, table) });
    context.progress.end();
    await context.output.show(
      { file, header, sequences, tables, migrated: migrated.map(({ number, name }) => ({ number, name })) },
      () => `restored ${count(tables.length, "table")} from ${file}${migrated.length === 0 ? "" : `, then applied ${count(migrated.length, "migration")}`}\n`,
    );
  });
};

/** The answer's shape with -o json: `{ ok, checks: [{ name, checked, ok, faults, more }] }`; of a file `{ ok, file, header, sequences, tables }`. Exit code 1 when something does not hold. */
export const verify: RunOf<typeof dbVerifyTakes> = async (context, { args }) => {
  if (args.file !== undefined) return await verifyFile(context, resolve(context.surroundings.cwd, args.file));
  return await withTools(context, async ({ service, verifications }) => {
    const results = await service.verify(verifications);
    const checks = results.map(({ name, checked, faults, more }) => ({ name, checked: Number(checked), ok: faults.length === 0, faults, more }));
    const ok = checks.every((check) => check.ok);
    await context.output.show({ ok, checks }, ({ style }) =>
      checks
        .map((check) => {
          const verdict = check.ok ? style.green("holds ") : style.red("broken");
          const faults = check.faults.map((fault) => `        ${fault}\n`).join("") + (check.more === 0 ? "" : `        and ${check.more} more\n`);
          return `${verdict}  ${check.name}  ${style.dim(`${check.checked} looked at`)}\n${faults}`;
        })
        .join(""),
    );
    return ok ? EXIT.ok : EXIT.failed;
  });
};

/** A backup is checked without any database. */
async function verifyFile({ output }: Context, file: string): Promise<number> {
  const { header, tables, sequences } = await describeBackup(file);
  const rows = tables.reduce((sum, table) => sum + BigInt(table.rows), 0n);
  await output.show({ ok: true, file, header, sequences, tables }, () => `${file} is whole: ${count(tables.length, "table")}, ${rows} rows\n`);
  return EXIT.ok;
}

function tell({ progress, output }: Context, table: TableFacts): void {
  const words = `${table.rows} rows`;
  if (output.live) progress.live(table.name, () => words);
  else output.detail(`${table.name}  ${words}`);
}

/** A server that runs would go on with what it remembers of the old content. */
function refuseWhileServed({ config }: Context): void {
  const server = readServerFile(config.state);
  if (server === null || !processRuns(server.pid)) return;
  throw new Problem("server.running", {
    detail: `the server at ${server.url} (process ${server.pid}) works on this database`,
    fix: "Stop it first; then restore, then start it again.",
  });
}
