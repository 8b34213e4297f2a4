import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { startListening } from "./listener.ts";

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await emptyDatabase();
});
afterAll(() => fresh.drop());

/** The pids of connections whose last statement was a LISTEN or UNLISTEN. */
async function listeningConnections(): Promise<number[]> {
  const rows = await fresh.db.query<{ pid: number }>("select pid from pg_stat_activity where datname = current_database() and query ~* '^(un)?listen'");
  return rows.map((row) => row.pid);
}

test("a listener hears its channel and no other", async () => {
  const heard: (string | null)[] = [];
  const stop = await fresh.db.listen("jobs", (payload) => heard.push(payload));
  const stopOther = await fresh.db.listen("money", (payload) => heard.push(`money ${payload}`));
  await fresh.db.query("select pg_notify('jobs', 'one'), pg_notify('other', 'two'), pg_notify('money', '')");
  await expect.poll(() => heard).toEqual(["one", "money "]);
  await stop();
  await fresh.db.query("select pg_notify('jobs', 'three'), pg_notify('money', 'four')");
  await expect.poll(() => heard).toEqual(["one", "money ", "money four"]);
  await stopOther();
});

test("one connection serves all, and goes when nobody listens", async () => {
  const stops = await Promise.all(["a", "b", "c", "a"].map((channel) => fresh.db.listen(channel, () => undefined)));
  expect(await listeningConnections()).toHaveLength(1);
  await Promise.all(stops.map((stop) => stop()));
  await expect.poll(listeningConnections).toEqual([]);
});

test("after a broken connection every listener is told once to look for itself, and hears again", async () => {
  const heard: (string | null)[] = [];
  const stops = [await fresh.db.listen("jobs", (payload) => heard.push(payload)), await fresh.db.listen("money", (payload) => heard.push(payload))];
  const [pid] = await listeningConnections();
  await fresh.db.query("select pg_terminate_backend($1, 5000)", [pid]);
  await expect.poll(() => heard).toEqual([null, null]);
  expect(await listeningConnections()).not.toContain(pid);
  await fresh.db.query("select pg_notify('jobs', 'again')");
  await expect.poll(() => heard).toEqual([null, null, "again"]);
  await Promise.all(stops.map((stop) => stop()));
});

test("a connection that breaks while something else begins to listen is no exception", async () => {
  const heard: string[] = [];
  const stops = [await fresh.db.listen("jobs", (payload) => heard.push(`jobs ${payload}`))];
  const [pid] = await listeningConnections();
  const [, stop] = await Promise.all([fresh.db.query("select pg_terminate_backend($1, 5000)", [pid]), fresh.db.listen("money", () => undefined)]);
  stops.push(stop);
  await expect.poll(() => heard).toEqual(["jobs null"]);
  await fresh.db.query("select pg_notify('jobs', 'again')");
  await expect.poll(() => heard).toEqual(["jobs null", "jobs again"]);
  await Promise.all(stops.map((end) => end()));
});

test("one function may listen twice and be given back once", async () => {
  const heard: (string | null)[] = [];
  const hear = (payload: string | null) => heard.push(payload);
  const stops = [await fresh.db.listen("jobs", hear), await fresh.db.listen("jobs", hear)];
  await stops[0]?.();
  await fresh.db.query("select pg_notify('jobs', 'still')");
  await expect.poll(() => heard).toEqual(["still"]);
  await stops[1]?.();
});

test("who gives a channel back does not wait for a database that is gone, though others go on listening", async () => {
  const closing = new AbortController();
  const settings = { applicationName: "gone", connectTimeoutMs: 5_000, statementTimeoutMs: 0, lockTimeoutMs: 0 };
  const address = { isThere: true };
  const url = () => {
    if (!address.isThere) throw new Error("the database is gone");
    return fresh.url;
  };
  const listener = startListening(url, settings, closing.signal);
  const stop = await listener.listen("jobs", () => undefined);
  await listener.listen("money", () => undefined);
  address.isThere = false;
  await fresh.db.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'gone'");
  await expect(stop()).resolves.toBeUndefined();
  closing.abort();
  await listener.close();
});

test("a connection that says nothing any more is replaced", async () => {
  const closing = new AbortController();
  const settings = { applicationName: "frozen", connectTimeoutMs: 5_000, statementTimeoutMs: 0, lockTimeoutMs: 0 };
  const listener = startListening(fresh.url, settings, closing.signal, { everyMs: 20, timeoutMs: 200 });
  const heard: (string | null)[] = [];
  await listener.listen("jobs", (payload) => heard.push(payload));
  const [frozen] = await fresh.db.query<{ pid: number }>("select pid from pg_stat_activity where application_name = 'frozen'");
  process.kill(frozen!.pid, "SIGSTOP");
  try {
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual([null]);
  } finally {
    process.kill(frozen!.pid, "SIGCONT");
  }
  await fresh.db.query("select pg_notify('jobs', 'again')");
  await expect.poll(() => heard).toEqual([null, "again"]);
  closing.abort();
  await listener.close();
});

test("a channel whose name PostgreSQL would alter is refused", async () => {
  await expect(fresh.db.listen("Jobs", () => undefined)).rejects.toThrow("channel name");
  await expect(fresh.db.listen("j".repeat(64), () => undefined)).rejects.toThrow("channel name");
});

test("a transaction does not listen", async () => {
  await expect(fresh.db.transaction((tx) => tx.listen("jobs", () => undefined))).rejects.toMatchObject({ code: "internal" });
});
