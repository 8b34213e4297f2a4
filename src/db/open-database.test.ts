import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./open-database.ts";
import { brokenConstraint, sqlState } from "./sql-state.ts";

let fresh: FreshDatabase;
let db: Database;
beforeAll(async () => {
  fresh = await emptyDatabase();
  db = fresh.db;
  await db.query("create table counter (id int primary key, value bigint not null check (value >= 0)); insert into counter values (1, 0), (2, 0)");
});
afterAll(() => fresh.drop());

/** The backend that a transaction runs on, so that a test can end it from outside as an administrator or a crash would. */
async function backend(tx: Database): Promise<number> {
  const [row] = await tx.query<{ pid: number }>("select pg_backend_pid() as pid");
  return row!.pid;
}

async function valueOf(id: number): Promise<bigint> {
  const [row] = await db.query<{ value: bigint }>("select value from counter where id = $1", [id]);
  return row!.value;
}

describe("values", () => {
  test("int8 comes as BigInt, timestamptz as Instant, dates and exact numbers as text", async () => {
    const [row] = await db.query(
      "select 9223372036854775807::int8 as big, array[1, null]::int8[] as bigs, '2026-11-21 12:00:00.1239+02'::timestamptz as at, array['2026-01-01Z'::timestamptz] as times, '2026-11-21'::date as day, 1.50::numeric as exact, '{\"a\":1}'::jsonb as document",
    );
    expect(row).toEqual({
      big: 9_223_372_036_854_775_807n,
      bigs: [1n, null],
      at: Date.UTC(2026, 10, 21, 10, 0, 0, 123),
      times: [Date.UTC(2026, 0, 1)],
      day: "2026-11-21",
      exact: "1.50",
      document: { a: 1 },
    });
  });

  test("go in as they came out", async () => {
    const [row] = await db.query("select $1::int8 as big, $2::int8[] as bigs, $3::text[] as texts", [-5n, [1n, 2n], ["a,b", '"']]);
    expect(row).toEqual({ big: -5n, bigs: [1n, 2n], texts: ["a,b", '"'] });
  });

  test("a time that is no instant is refused, not bent", async () => {
    await expect(db.query("select 'infinity'::timestamptz")).rejects.toThrow('a timestamptz came as "infinity"');
  });
});

describe("a statement", () => {
  test("that is wrong reaches the caller as the server's own error", async () => {
    const error = await db.query("insert into counter values (3, -1)").catch((caught: unknown) => caught);
    expect([sqlState(error), brokenConstraint(error)]).toEqual(["23514", "counter_value_check"]);
    expect(sqlState(Object.assign(new Error("x"), { code: "EPIPE" }))).toBeUndefined();
  });

  test("with a name is prepared once for each connection", async () => {
    await db.transaction(async (tx) => {
      for (const id of [1, 2]) await tx.query({ name: "test.value", text: "select value from counter where id = $1", values: [id] });
      expect(await tx.query("select name from pg_prepared_statements")).toEqual([{ name: "test.value" }]);
    });
  });

  test("that takes too long, or waits too long for a lock, is a problem and changes nothing", async () => {
    const impatient = await openDatabase({ url: fresh.url, statementTimeoutMs: 200, lockTimeoutMs: 50 });
    await expect(impatient.query("select pg_sleep(30)")).rejects.toMatchObject({ code: "db.statement-timeout" });
    await db.transaction(async (tx) => {
      await tx.query("update counter set value = value where id = 1");
      await expect(impatient.query("update counter set value = 99 where id = 1")).rejects.toMatchObject({ code: "db.contention" });
    });
    await impatient.close();
    expect(await valueOf(1)).toBe(0n);
  });
});

describe("a transaction", () => {
  test("is committed as a whole or not at all", async () => {
    expect(await db.transaction(async (tx) => (await tx.query("update counter set value = 5 where id = 1 returning value"))[0])).toEqual({ value: 5n });
    await expect(
      db.transaction(async (tx) => {
        await tx.query("update counter set value = 6 where id = 1");
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await valueOf(1)).toBe(5n);
    await db.query("update counter set value = 0");
  });

  test("inside another is a savepoint", async () => {
    await db.transaction(async (tx) => {
      await tx.query("update counter set value = 1 where id = 1");
      await tx
        .transaction(async (inner) => {
          await inner.query("update counter set value = 2 where id = 2");
          await inner.query("insert into counter values (1, 0)");
        })
        .catch((error: unknown) => expect(sqlState(error)).toBe("23505"));
      await tx.transaction((inner) => inner.query("update counter set value = 3 where id = 1"));
    });
    expect([await valueOf(1), await valueOf(2)]).toEqual([3n, 0n]);
    await db.query("update counter set value = 0");
  });

  test("runs statements that were started together one after another", async () => {
    const rows = await db.transaction((tx) => Promise.all([1, 2, 3].map((n) => tx.query<{ n: number }>("select $1::int as n from pg_sleep(0.01)", [n]))));
    expect(rows.flat().map((row) => row.n)).toEqual([1, 2, 3]);
  });

  test("in which an error was swallowed is not taken for committed", async () => {
    const swallowing = db.transaction(async (tx) => {
      await tx.query("update counter set value = 7 where id = 1");
      await tx.query("select 1 / 0").catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow("an error inside it was swallowed");
    expect(await valueOf(1)).toBe(0n);
  });

  test("cannot be used after its end", async () => {
    let kept: Database | undefined;
    await db.transaction((tx) => {
      kept = tx;
      return Promise.resolve();
    });
    expect(() => kept?.query("select 1")).toThrow("has ended");
  });

  test("is repeated when it collides with another", async () => {
    let attempts = 0;
    await db.transaction(
      async (tx) => {
        attempts += 1;
        const [row] = await tx.query<{ value: bigint }>("select value from counter where id = 1");
        if (attempts === 1) await db.query("update counter set value = value + 10 where id = 1");
        await tx.query("update counter set value = $1 where id = 1", [row!.value + 1n]);
      },
      { isolation: "serializable" },
    );
    expect([attempts, await valueOf(1)]).toEqual([2, 11n]);
    await db.query("update counter set value = 0");
  });

  test("of two that lock each other out both are done in the end", async () => {
    let bothHoldOne: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      bothHoldOne = resolve;
    });
    let first = 0;
    const add = (order: readonly number[]) =>
      db.transaction(async (tx) => {
        await tx.query("update counter set value = value + 1 where id = $1", [order[0]]);
        first += 1;
        if (first === 2) bothHoldOne();
        await gate;
        await tx.query("update counter set value = value + 1 where id = $1", [order[1]]);
      });
    await Promise.all([add([1, 2]), add([2, 1])]);
    // The one that lost begins again, on a busy machine once more while the other has not ended.
    expect(first).toBeGreaterThanOrEqual(3);
    expect([await valueOf(1), await valueOf(2)]).toEqual([2n, 2n]);
    await db.query("update counter set value = 0");
  });

  test("that collides without end gives up after ten times", async () => {
    let attempts = 0;
    const hopeless = db.transaction(
      async (tx) => {
        attempts += 1;
        await tx.query("select value from counter where id = 1");
        await db.query("update counter set value = value + 1 where id = 1");
        await tx.query("update counter set value = 0 where id = 1");
      },
      { isolation: "repeatable read" },
    );
    await expect(hopeless).rejects.toMatchObject({ code: "db.contention" });
    expect(attempts).toBe(10);
    await db.query("update counter set value = 0");
  });
});

describe("when the connection breaks", () => {
  test("before the commit, the transaction is run again and counts once", async () => {
    let attempts = 0;
    await db.transaction(async (tx) => {
      attempts += 1;
      await tx.query("update counter set value = value + 1 where id = 1");
      if (attempts === 1) await db.query("select pg_terminate_backend($1, 5000)", [await backend(tx)]);
      await tx.query("update counter set value = value + 1 where id = 2");
    });
    expect([attempts, await valueOf(1), await valueOf(2)]).toEqual([2, 1n, 1n]);
    await db.query("update counter set value = 0");
  });

  test("during the commit, the outcome is said to be unknown", async () => {
    // A trigger that ends its own connection at commit: whether the commit went through cannot be told from outside.
    await db.query(`create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(10); return null; end $$;
      create constraint trigger die after update on counter deferrable initially deferred for each row when (new.value = 666) execute function die()`);
    let attempts = 0;
    const broken = db.transaction(async (tx) => {
      attempts += 1;
      await tx.query("update counter set value = 666 where id = 1");
    });
    await expect(broken).rejects.toMatchObject({ code: "db.outcome-unknown" });
    expect([attempts, await valueOf(1)]).toEqual([1, 0n]);
  });

  test("a single statement that only reads is repeated, any other has an unknown outcome", async () => {
    await db.query("create sequence tries");
    // nextval is not undone, so that it counts the attempts.
    const dying =
      "select case when nextval('tries') % 2 = 1 then pg_terminate_backend(pg_backend_pid()) and pg_sleep(10) is null end as dead, currval('tries')::int as attempt";
    expect(await db.query({ text: dying, readOnly: true })).toEqual([{ dead: null, attempt: 2 }]);
    await expect(db.query(dying)).rejects.toMatchObject({ code: "db.outcome-unknown" });
    expect(await db.query("select last_value::int as last from tries")).toEqual([{ last: 3 }]);
  });

  test("idle connections that died are replaced unnoticed", async () => {
    await db.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
    expect(await Promise.all([1, 2, 3].map((n) => db.transaction((tx) => tx.query("select $1::int as n", [n]))))).toHaveLength(3);
  });
});

describe("bounds", () => {
  test("work beyond the bound of the queue is refused at once", async () => {
    const narrow = await openDatabase({ url: fresh.url, connectionsMax: 1, waitingMax: 2 });
    let release: () => void = () => undefined;
    const busy = narrow.transaction(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    await expect.poll(() => narrow.pool()).toMatchObject({ open: 1, idle: 0 });
    const waiting = [narrow.query("select 1 as n"), narrow.query("select 2 as n")];
    await expect.poll(() => narrow.pool().waiting).toBe(2);
    await expect(narrow.query("select 3")).rejects.toMatchObject({ code: "db.busy" });
    release();
    await busy;
    expect(await Promise.all(waiting)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    await narrow.close();
  });

  test("closing waits for what runs, refuses what comes, and may be repeated", async () => {
    const closing = await openDatabase({ url: fresh.url });
    const running = closing.query("select 1 as done from pg_sleep(0.1)");
    await expect.poll(() => closing.pool()).toMatchObject({ open: 1, idle: 0 });
    const closed = closing.close();
    await expect(closing.query("select 1")).rejects.toMatchObject({ code: "interrupted" });
    expect(await running).toEqual([{ done: 1 }]);
    await Promise.all([closed, closing.close()]);
  });
});

describe("opening", () => {
  const patience = { totalMs: 0, firstMs: 1, longestMs: 1 };

  test.each([
    ["not a URL", "localhost:5432", "db.url-invalid"],
    ["another kind of URL", "mysql://root@localhost/x", "db.url-invalid"],
    ["a port where nobody is", "postgresql://x:y@127.0.0.1:1/x", "db.unreachable"],
  ])("refuses %s", async (_what, url, code) => {
    await expect(openDatabase({ url, patience })).rejects.toMatchObject({ code });
  });

  test("says what is wrong with a password or a name, and never shows the password", async () => {
    const password = new URL(fresh.url).password;
    await expect(openDatabase({ url: fresh.url.replace(password, "wrong-password") })).rejects.toMatchObject({
      code: "db.credentials",
      message: expect.not.stringContaining("wrong-password"),
    });
    await expect(openDatabase({ url: fresh.url.replace(/\/[^/]*$/, "/nowhere") })).rejects.toMatchObject({ code: "db.no-database" });
  });

  test("refuses a database that is not in UTF-8", async () => {
    const name = `latin_${process.pid}`;
    await db.query(`create database ${name} template template0 encoding latin1 locale_provider libc locale 'C'`);
    await expect(openDatabase({ url: fresh.url.replace(/\/[^/]*$/, `/${name}`) })).rejects.toMatchObject({
      code: "db.unsuitable",
      detail: expect.stringContaining("LATIN1"),
    });
    await db.query(`drop database ${name}`);
  });
});
