import type { Database } from "#db";
import { Problem } from "#kernel";
import type { Dice } from "./random-asks.ts";
import type { Faults } from "./faults.ts";
import type { Execute, Row } from "./statements.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a server's connection tells about its life, and how it is killed. */
export type Life = { isAlive(): boolean; kill(): void };

export type SimulatedPostgres = { connect(life: Life): Database };

const UNKNOWN = () => new Problem("db.outcome-unknown", { detail: "the connection broke while a change was being made" });
const UNREACHABLE = () => new Problem("db.unreachable", { detail: "PostgreSQL does not answer" });

/**
 * PostgreSQL as a server sees it: a statement takes effect as a whole, at one moment between its sending and its answer, or not at all; and the answer comes, or does not. A
 * killed server's statement that was sent goes on. The problems are those that openDatabase() makes of what the driver says.
 */
export function openSimulatedPostgres(time: VirtualTime, dice: Dice, faults: Faults, execute: Execute): SimulatedPostgres {
  let awayUntil = 0;

  function run(life: Life, text: string, values: readonly unknown[], resolve: (rows: Row[]) => void, reject: (error: unknown) => void): void {
    const fail = (ms: number, error: unknown) => time.after(ms, () => life.isAlive() && reject(error));
    if (faults.strikes("storage: away for a while")) awayUntil = time.now() + 500 + dice.below(20_000);
    if (time.now() < awayUntil) return fail(2, UNREACHABLE());
    if (faults.strikes("server: killed before a statement is sent")) return life.kill();
    if (faults.strikes("storage: no free connection")) return fail(5, new Problem("db.busy", { detail: "no free connection" }));
    if (faults.strikes("storage: cut before the commit")) return fail(5, UNKNOWN());
    if (faults.strikes("storage: serialization failure")) return fail(3, new Problem("db.contention", { detail: "other work kept changing the same rows" }));
    const workMs = 1 + dice.below(6) + (faults.strikes("storage: slow") ? dice.below(8_000) : 0);
    if (faults.strikes("storage: cut, and committed long after")) {
      time.after(workMs + dice.below(60_000), () => attempt(text, values));
      return fail(4, UNKNOWN());
    }
    time.after(workMs, () => {
      const outcome = attempt(text, values);
      if (faults.strikes("server: killed after the commit, before its answer")) return life.kill();
      if (faults.strikes("storage: the commit's answer is lost")) return fail(1, UNKNOWN());
      time.after(1, () => {
        if (!life.isAlive()) return;
        if (faults.strikes("server: killed when the answer is there")) return life.kill();
        if (outcome.kind === "rows") resolve(outcome.rows);
        else reject(outcome.error);
      });
    });
  }

  function attempt(text: string, values: readonly unknown[]): { kind: "rows"; rows: Row[] } | { kind: "error"; error: unknown } {
    try {
      return { kind: "rows", rows: execute(text, values) };
    } catch (error) {
      return { kind: "error", error };
    }
  }

  const refuse = () => Promise.reject(new Error("the simulated PostgreSQL does single statements"));
  return {
    connect: (life) => ({
      query: <Answer>(statement: string | { readonly text: string; readonly values?: readonly unknown[] }, params?: readonly unknown[]) => {
        const { text, values } = typeof statement === "string" ? { text: statement, values: params } : statement;
        return new Promise<Answer[]>((resolve, reject) => run(life, text, values ?? params ?? [], resolve as (rows: Row[]) => void, reject));
      },
      transaction: refuse,
      listen: refuse,
      close: () => Promise.resolve(),
    }),
  };
}
