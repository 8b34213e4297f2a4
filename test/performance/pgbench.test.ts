import { describe, expect, it } from "vitest";
import { freshDatabase } from "../beds/postgres.ts";
import { latenciesMs, medianOf, pgbenchMissing, runPgbench } from "./ledger/pgbench.ts";

const missing = pgbenchMissing();

describe("the peer of the ledger's bench", () => {
  it("reads each transaction's time from pgbench's log, in milliseconds", () => {
    expect(latenciesMs("0 1 1500 0 1700000000 12\n0 2 500 0 1700000000 13\n")).toEqual([1.5, 0.5]);
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 2, 3])).toBe(2.5);
  });

  it.skipIf(missing !== null)(`runs a script against PostgreSQL 18${missing === null ? "" : `: ${missing}`}`, async () => {
    const fresh = await freshDatabase();
    try {
      const [row] = await fresh.db.query<{ pid: number }>("select pg_backend_pid() as pid");
      const run = await runPgbench({ url: fresh.url, postmaster: row!.pid, script: "SELECT 1;\n", clients: 1, seconds: 1 });
      expect(run.rate).toBeGreaterThan(0);
      expect(run.medianMs).toBeGreaterThan(0);
    } finally {
      await fresh.drop();
    }
  });
});
