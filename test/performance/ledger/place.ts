import { join } from "node:path";
import { openAccounts, openLedger, type Ledger } from "#budget";
import { openDatabase, startEmbedded, type EmbeddedServer, type OpenDatabase } from "#db";
import { parseMicros, systemClock, type Micros } from "#kernel";
import { headgateBed, type HeadgateBed } from "../../beds/headgate.ts";

export const SPREAD = 1000;

/** A Headgate as its users have it, on its own durable PostgreSQL, with a tree of four levels: one root, 10 departments, 100 projects, 1,000 people. */
export type Place = {
  readonly bed: HeadgateBed;
  readonly postgres: EmbeddedServer;
  readonly db: OpenDatabase;
  readonly ledger: Ledger;
  readonly accounts: readonly string[];
  /** The token of the person who manages the root. */
  readonly token: string;
  down(): Promise<void>;
};

export async function ledgerPlace(): Promise<Place> {
  const bed = await headgateBed();
  const postgres = await startEmbedded({ stateFolder: bed.state });
  const db = await openDatabase({ url: () => postgres.url(), applicationName: "bench", statementTimeoutMs: 0 });
  const ledger = openLedger(db, systemClock, { source: "bench" });
  try {
    await serverUp(bed);
    const token = await openRoot(bed);
    const accounts = await openTree(db);
    await db.query(PEER_TABLES);
    await db.query("vacuum analyze");
    return {
      bed,
      postgres,
      db,
      ledger,
      accounts,
      token,
      down: async () => {
        await ledger.close();
        await db.close();
        await postgres.release();
        await bed.down();
      },
    };
  } catch (error) {
    await db.close();
    await bed.down();
    throw error;
  }
}

/** Waits until the server of a bed answers; started if it is not. Gives the seconds. */
export async function serverUp(bed: HeadgateBed): Promise<number> {
  const begun = performance.now();
  if (!bed.runs("server")) bed.start("server");
  while (performance.now() - begun < 120_000) {
    if ((await bed.call("GET", "/ready").catch(() => null))?.status === 200) return (performance.now() - begun) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the server did not come up; its log is in ${join(bed.state, "..", "log")}`);
}

const plenty = parseMicros("500000000") as Micros;

async function openRoot(bed: HeadgateBed): Promise<string> {
  await expectStatus(201, bed.call("POST", "/api/v1/people", { body: { name: "bench", display_name: "Bench" } }));
  await expectStatus(
    201,
    bed.call("POST", "/api/v1/budget/accounts", {
      key: "bench-root",
      body: { name: "bench-root", kind: "institution", allocated: "500000000", managers: ["bench"] },
    }),
  );
  const made = await expectStatus(201, bed.call("POST", "/api/v1/access/tokens", { body: { label: "bench", person: "bench" } }));
  return (made as { token: string }).token;
}

async function expectStatus(status: number, answer: ReturnType<HeadgateBed["call"]>): Promise<unknown> {
  const { status: found, body } = await answer;
  if (found !== status) throw new Error(`status ${found}, not ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** The names of the leaves. */
async function openTree(db: OpenDatabase): Promise<string[]> {
  const accounts = openAccounts({ db, clock: systemClock, source: "bench" });
  const open = async (name: string, kind: "department" | "project" | "person", parent: string): Promise<void> => {
    await accounts.create({ name, title: null, kind, parent, allocated: plenty, startsAt: null, endsAt: null }, "owner", `open:${name}`);
  };
  const leaves: string[] = [];
  for (let department = 0; department < 10; department += 1) {
    await open(`bench-d${department}`, "department", "bench-root");
    for (let project = 0; project < 10; project += 1) {
      const parent = `bench-p${department}${project}`;
      await open(parent, "project", `bench-d${department}`);
      const names = Array.from({ length: SPREAD / 100 }, (_unused, person) => `${parent}-u${person}`);
      for (const name of names) await open(name, "person", parent);
      leaves.push(...names);
    }
  }
  return leaves;
}

/** What pgbench works on: an account with a budget and its holds, without anything else. */
const PEER_TABLES = `
  create schema bench;
  create table bench.account (id integer primary key, budget bigint not null, used bigint not null, held bigint not null) with (fillfactor = 50);
  insert into bench.account select n, 500000000000000, 0, 0 from generate_series(1, ${SPREAD}) n;
  create table bench.hold (
    id bigint generated always as identity primary key, account_id integer not null references bench.account (id), amount bigint not null,
    job text not null, state text not null default 'open', at timestamptz not null default now());
  create index hold_open on bench.hold (account_id) where state = 'open';
  create table bench.bare_hold (key text primary key, account_id integer not null, amount bigint not null);
  create function bench.hold_bare(p_key text, p_account integer, p_amount bigint) returns boolean language plpgsql as $$
  begin
    update bench.account set held = held + p_amount where id = p_account and used + held + p_amount <= budget;
    if not found then return false; end if;
    insert into bench.bare_hold values (p_key, p_account, p_amount);
    return true;
  end $$`;

/** One hold as a conversation of five statements; `accounts` 1 is the hot one. */
export function peerScript(accounts: number): string {
  return `\\set account random(1, ${accounts})
BEGIN;
SELECT budget - used - held FROM bench.account WHERE id = :account FOR UPDATE;
INSERT INTO bench.hold (account_id, amount, job) VALUES (:account, 10000, 'bench') RETURNING id;
UPDATE bench.account SET held = held + 10000 WHERE id = :account;
COMMIT;
`;
}

export const BARE_SCRIPT = `\\set account random(1, ${SPREAD})
\\set key random(1, 9000000000000000)
SELECT bench.hold_bare('job-' || :key, :account, 10000);
`;

/** The sums that must hold at any moment between two rounds. Gives the number of holds of the peer and of ours. */
export async function checkSums(db: OpenDatabase): Promise<void> {
  const [row] = await db.query<{ leaves: bigint; levels: bigint; peer: boolean }>(`
    with kept as (
      select n as node_id, sum(h.remaining) as held
      from headgate.hold h join headgate.account a on a.id = h.account_id cross join unnest(a.path) n where h.state = 'open' group by n
    )
    select
      (select count(*) from headgate.account a join headgate.balance b on b.node_id = a.id left join kept k on k.node_id = a.id
        where not exists (select from headgate.account c where c.parent_id = a.id) and b.held <> coalesce(k.held, 0)) as leaves,
      (select count(*) from headgate.account a join headgate.balance b on b.node_id = a.id left join kept k on k.node_id = a.id where b.held <> coalesce(k.held, 0)) as levels,
      (select (select coalesce(sum(amount), 0) from bench.hold) + (select coalesce(sum(amount), 0) from bench.bare_hold) = (select sum(held) from bench.account)) as peer`);
  if (row === undefined || row.leaves !== 0n || row.levels !== 0n || !row.peer)
    throw new Error(`the sums are wrong: ${row?.leaves} leaves, ${row?.levels} levels of all, the peer's ${row?.peer === true ? "right" : "wrong"}`);
}
