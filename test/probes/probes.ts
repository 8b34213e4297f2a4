/**
 * What broke the budget tool asbb when it was measured, and what the reservation daemon obol passed, done to a running Headgate over HTTP. `was` is what
 * they answered (asbb v0.2.0 and obol v0.14.0, both on two cores, asbb on PostgreSQL 15); `expected` is what a ledger has to answer.
 */
import { migrate, openDatabase } from "#db";
import { atOnce } from "../beds/at-once.ts";
import { makeServer } from "../beds/throwaway.ts";
import { race } from "../race/race.ts";
import { done, program, verdict, type Asker } from "./ask.ts";

export type Probe = {
  readonly name: string;
  readonly of: "asbb" | "obol";
  readonly was: string;
  readonly expected: string;
  run(asker: Asker): Promise<string>;
};

const HOLD = "1.20";
const NUMBERS_OF_A_RACE = 2_000;

/** How many of so many reservations, sent so many at a time, are granted in each of three runs. */
async function overspend({ account, hold }: Asker, ask: { limit: string; amount: string; requests: number; parallel: readonly number[] }): Promise<string> {
  const granted: number[] = [];
  for (const parallel of ask.parallel) {
    const name = await account(ask.limit);
    const answers = await atOnce(ask.requests, parallel, () => hold(name, ask.amount));
    const others = answers.map(verdict).filter((words) => words !== "granted" && words !== "402 budget.insufficient");
    if (others.length > 0) throw new Error(`answered otherwise: ${[...new Set(others)].join(", ")}`);
    granted.push(answers.filter((answer) => answer.status < 300).length);
  }
  return `${granted.join(", ")} granted`;
}

async function held(asker: Asker, limit = "100"): Promise<{ account: string; id: string }> {
  const account = await asker.account(limit);
  return { account, id: String(done(await asker.hold(account, HOLD))["hold_id"]) };
}

/** The worst case of a job of ten cores in hours of one core: what is reserved, divided by the rate of the laboratory. */
async function estimate({ bed }: Asker, timeLimit: string, cores = 1): Promise<string> {
  const text = `command: ["true"]\ntime_limit: ${timeLimit}\nproject: climate\nresources: {cores: ${cores}}\n`;
  const answer = await bed.call("POST", "/api/v1/jobs/estimate", { body: { file: "job.yaml", text }, as: "sarah" });
  return answer.status < 300 ? String((done(answer)["estimate"] as { at_most: string }).at_most) : verdict(answer);
}

async function verified({ get }: Asker): Promise<string> {
  return done(await get("/verify"))["ok"] === true ? "the books agree" : "the books do not agree";
}

export const PROBES: readonly Probe[] = [
  {
    name: "a limit of $12, 200 reservations of $1.20 at once, three runs",
    of: "asbb",
    was: "62, 28, 40 granted",
    expected: "10, 10, 10 granted",
    run: (asker) => overspend(asker, { limit: "12", amount: "1.20", requests: 200, parallel: [200, 200, 200] }),
  },
  {
    name: "a limit of $600, 100 reservations of $12, at 10, 50 and 100 at once",
    of: "asbb",
    was: "58-59, 79-80, 92-94 granted",
    expected: "50, 50, 50 granted",
    run: (asker) => overspend(asker, { limit: "600", amount: "12", requests: 100, parallel: [10, 50, 100] }),
  },
  {
    name: "a budget for 50, 100 gates in parallel, three runs",
    of: "obol",
    was: "50, 50, 50 granted",
    expected: "50, 50, 50 granted",
    run: (asker) => overspend(asker, { limit: "50", amount: "1", requests: 100, parallel: [100, 100, 100] }),
  },
  {
    name: `${NUMBERS_OF_A_RACE} reservations through two server processes on a tree of four levels`,
    of: "obol",
    was: "one process only, flat accounts",
    expected: "as many granted as fit, at every level",
    run: async () => {
      const server = await makeServer();
      const db = await openDatabase({ url: server.url, statementTimeoutMs: 0 });
      try {
        await migrate(db);
        const { granted, expected, levels } = await race(db, server.url, NUMBERS_OF_A_RACE);
        return granted === expected && levels.every((level) => level.exact) ? "as many granted as fit, at every level" : `${granted} of ${expected}`;
      } finally {
        await db.close();
        await server.remove();
      }
    },
  },
  {
    name: "$1.20 reserved, $0.50 is the true cost",
    of: "asbb",
    was: "spent 0.50, held 1.20 for ever",
    expected: "spent 0.50, held 0.00",
    run: async (asker) => {
      const { account, id } = await held(asker);
      done(await asker.settle(id, { attempt: 1, amount: "0.50" }));
      const money = await asker.money(account);
      return `spent ${money.spent}, held ${money.reserved}`;
    },
  },
  {
    name: "the same settlement twice, with one key and with two",
    of: "asbb",
    was: "spent doubles, HTTP 200",
    expected: "replayed; 409 budget.attempt-charged; spent 0.50",
    run: async (asker) => {
      const { account, id } = await held(asker);
      const ask = { attempt: 1, amount: "0.50" };
      done(await asker.settle(id, ask, `once-${id}`));
      const again = done(await asker.settle(id, ask, `once-${id}`));
      const other = verdict(await asker.settle(id, ask));
      return `${again["replayed"] === true ? "replayed" : "done again"}; ${other}; spent ${(await asker.money(account)).spent}`;
    },
  },
  {
    name: "a limit of $2, a true cost of $500, then another reservation",
    of: "asbb",
    was: "HTTP 200, spent 500, no word of it",
    expected: "spent 500.00, overrun 498.00; 402 budget.overrun",
    run: async (asker) => {
      const { account, id } = await held(asker, "2");
      done(await asker.settle(id, { attempt: 1, amount: "500" }));
      const { spent, overrun } = await asker.money(account);
      return `spent ${spent}, overrun ${overrun}; ${verdict(await asker.hold(account, "0.01"))}`;
    },
  },
  {
    name: "a true cost of -50",
    of: "asbb",
    was: "accepted, lowers what was spent",
    expected: "400 input.invalid; spent 0.00",
    run: async (asker) => {
      const { account, id } = await held(asker);
      const answer = verdict(await asker.settle(id, { attempt: 1, amount: "-50" }));
      return `${answer}; spent ${(await asker.money(account)).spent}`;
    },
  },
  {
    name: "one day on 10 cores as 1-00:00:00, 24:00:00, 1-0, 1440",
    of: "asbb",
    was: "1-00:00:00 costs $1.00; it and bare minutes count as one hour",
    expected: "one amount, 24 times that of an hour's work",
    run: async (asker) => {
      const amounts = [];
      for (const form of ["'1-00:00:00'", "'24:00:00'", "'1-0'", "'1440'"]) amounts.push(await estimate(asker, form, 10));
      // The grace of ten seconds after the limit is paid for as well, so that an hour is 3,610 s and a day 86,410 s.
      const [day, hour] = [amounts[0]!, await estimate(asker, "'1:00:00'", 10)].map(Number) as [number, number];
      const isDay = Math.abs(day / hour - 86_410 / 3_610) < 1e-3;
      return new Set(amounts).size === 1 && isDay ? "one amount, 24 times that of an hour's work" : `${amounts.join(", ")}; an hour ${hour}`;
    },
  },
  {
    name: "a time limit of abc, and UNLIMITED",
    of: "asbb",
    was: "each counts as one hour",
    expected: "400 input.invalid for both",
    run: async (asker) => {
      const answers = new Set<string>();
      for (const form of ["abc", "UNLIMITED"]) answers.add(await estimate(asker, form));
      return `${[...answers].join(", ")} for both`;
    },
  },
  {
    name: "a job with --time=UNLIMITED, and one with the time limit 0",
    of: "obol",
    was: "granted, reserves 0",
    expected: "400 input.invalid; 400 input.invalid",
    run: async (asker) => `${await estimate(asker, "UNLIMITED")}; ${await estimate(asker, "0")}`,
  },
  {
    name: "ten charges of $0.004",
    of: "asbb",
    was: "0.00",
    expected: "spent 0.04",
    run: async (asker) => {
      const account = await asker.account("1");
      for (let index = 0; index < 10; index += 1) {
        done(await asker.post(`/accounts/${account}/charges`, { amount: "0.004", subject: `bill:${account}-${index}`, note: "a row of a bill" }));
      }
      return `spent ${(await asker.money(account)).spent}`;
    },
  },
  {
    name: "three tries with one Idempotency-Key, then another amount under it",
    of: "asbb",
    was: "three holds",
    expected: "one reservation, held 1.20; 422 idempotency.mismatch",
    run: async (asker) => {
      const account = await asker.account("100");
      const body = { account, amount: HOLD, subject: "probe:retry" };
      const answers = await atOnce(3, 3, () => asker.post("/holds", body, `retry-${account}`));
      const ids = new Set(answers.map((answer) => done(answer)["hold_id"]));
      const other = verdict(await asker.post("/holds", { ...body, amount: "1.30" }, `retry-${account}`));
      return `${ids.size === 1 ? "one reservation" : `${ids.size} reservations`}, held ${(await asker.money(account)).reserved}; ${other}`;
    },
  },
  {
    name: "closing an account that has spent",
    of: "asbb",
    was: "204, the whole ledger of it erased",
    expected: "closed, its charge still in the journal; 402 budget.closed",
    run: async (asker) => {
      const { account, id } = await held(asker);
      done(await asker.settle(id, { attempt: 1, amount: "0.50" }));
      done(await asker.post(`/accounts/${account}/terms`, { status: "closed", reason: "the probe is over" }));
      const { items } = done(await asker.get(`/journal?account=${account}`)) as { items: { kind: string }[] };
      const kept = items.some(({ kind }) => kind === "settle" || kind === "charge") ? "still in the journal" : "gone";
      return `closed, its charge ${kept}; ${verdict(await asker.hold(account, HOLD))}`;
    },
  },
  {
    name: "which job a reservation is for",
    of: "asbb",
    was: "no job is known when it is held",
    expected: "its subject names the job",
    run: async ({ bed, get }) => {
      const job = done(
        await bed.call("POST", "/api/v1/jobs", {
          body: { file: "job.yaml", text: 'command: ["true"]\ntime_limit: 1m\nproject: climate\n' },
          key: "probe-job",
          as: "sarah",
        }),
      );
      const { id } = job["job"] as { id: string };
      const subjects = [];
      for (const state of ["open", "settled", "released"]) {
        const { items } = done(await get(`/holds?account=climate&state=${state}`)) as { items: { subject: string }[] };
        subjects.push(...items.map(({ subject }) => subject));
      }
      return subjects.includes(`job:${id}`) ? "its subject names the job" : `no reservation of job:${id}: ${subjects.join(", ")}`;
    },
  },
  {
    name: "the first reservation on a fresh installation",
    of: "asbb",
    was: "500 TRANSACTION_FAILED",
    expected: "granted",
    run: async (asker) => verdict(await asker.hold(await asker.account("2"), HOLD)),
  },
  {
    name: "a list without a limit, with a wrong date, and an empty one",
    of: "asbb",
    was: "22.4 MB, the date ignored, null",
    expected: "100 of 130 and a cursor; 400 input.invalid; []",
    run: async (asker) => {
      const account = await asker.account("100");
      const empty = done(await asker.get(`/holds?account=${account}`));
      await atOnce(130, 20, () => asker.hold(account, "0.01"));
      const page = done(await asker.get(`/holds?account=${account}`)) as { items: unknown[]; next: string | null };
      const wrong = verdict(await asker.get(`/holds?account=${account}&placed_before=yesterday`));
      return `${page.items.length} of 130 and ${page.next === null ? "no cursor" : "a cursor"}; ${wrong}; ${JSON.stringify(empty["items"])}`;
    },
  },
  {
    name: "money that is released by date",
    of: "asbb",
    was: "the SQL always fails",
    expected: "released, can commit 25.00",
    run: async (asker) => {
      const number = "NSF-PROBE";
      done(await asker.post("/awards", { number, agency: "NSF", title: "A probe", pi: "james", total: "100", starts_on: "2026-01-01", ends_on: "2030-12-31" }));
      const releases = [{ amount: "25", gate: "date", due_on: "2026-01-02", label: "first quarter" }];
      done(await asker.post(`/awards/${number}/releases`, { releases, reason: "in quarters" }));
      done(await asker.post("/releases/due", {}));
      const { account } = done(await asker.get(`/awards/${number}`)) as { account: string };
      return `released, can commit ${String(done(await asker.get(`/accounts/${account}`))["can_commit"])}`;
    },
  },
  {
    name: "asking without a token",
    of: "asbb",
    was: "open to anyone who reaches the port",
    expected: "401",
    run: async ({ bed }) => String((await fetch(`${bed.url}/api/v1/budget/accounts`, { signal: AbortSignal.timeout(10_000) })).status),
  },
  {
    name: "a command that does nothing yet (asbb ecosystem discover; here asbb slurm configure)",
    of: "asbb",
    was: "several exit 0",
    expected: "exits above 0 and says so",
    run: ({ bed }) => {
      const { code, out } = program(bed, "asbb", "slurm", "configure");
      return Promise.resolve(code !== 0 && out.trim() !== "" ? "exits above 0 and says so" : `exits ${code}: ${out}`);
    },
  },
  {
    name: "an array of a hundred tasks",
    of: "obol",
    was: "one envelope",
    expected: "one reservation, a hundred times a task's",
    run: async (asker) => {
      const text = (array: string) => `command: ["true"]\ntime_limit: 1h\nproject: climate\n${array}`;
      const amount = async (array: string) => {
        const answer = done(await asker.bed.call("POST", "/api/v1/jobs/estimate", { body: { file: "job.yaml", text: text(array) }, as: "sarah" }));
        return (answer["estimate"] as { at_most: string }).at_most;
      };
      const [one, hundred] = [Number(await amount("")), Number(await amount("array: 0-99\n"))];
      return Math.abs(hundred / one - 100) < 1e-3 ? "one reservation, a hundred times a task's" : `${hundred} against ${one}`;
    },
  },
  {
    name: "gate, then complete, cancel, and a failure of the machine; the books after it",
    of: "obol",
    was: "allocation = available + reserved + consumed + write-off",
    expected: "spent 0.75, held 0.00; the books agree",
    run: async (asker) => {
      const account = await asker.account("10");
      const ids = [];
      for (let index = 0; index < 3; index += 1) ids.push(String(done(await asker.hold(account, HOLD))["hold_id"]));
      done(await asker.settle(ids[0]!, { attempt: 1, amount: "0.75" }));
      for (const id of ids.slice(1)) done(await asker.post(`/holds/${id}/release`, { note: "it never ran" }));
      const { spent, reserved } = await asker.money(account);
      return `spent ${spent}, held ${reserved}; ${await verified(asker)}`;
    },
  },
  {
    name: "kill -9 of the server and of PostgreSQL after 300 reservations",
    of: "obol",
    was: "nothing lost of 225,644, conservation holds",
    expected: "300 of 300 there; the books agree",
    run: async (asker) => {
      const account = await asker.account("1000");
      const answers = await atOnce(300, 50, () => asker.hold(account, HOLD));
      const told = answers.map((answer) => String(done(answer)["hold_id"]));
      await asker.bed.kill("postgres");
      await asker.bed.kill("server");
      await asker.bed.up();
      const there = await asker.bed.sql<{ id: string }>("select id::text from headgate.hold where id = any($1::uuid[]) and state = 'open'", [told]);
      return `${there.length} of ${told.length} there; ${await verified(asker)}`;
    },
  },
];

/** What a probe answers; a fault of its own is an answer too, never the expected one. */
export async function answerOf(probe: Probe, asker: Asker): Promise<string> {
  try {
    return await probe.run(asker);
  } catch (error) {
    return `failed: ${(error as Error).message}`;
  }
}
