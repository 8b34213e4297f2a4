import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "#db";
import type { Answer, HeadgateBed } from "../beds/headgate.ts";

const BUDGET = "/api/v1/budget";

/** What the probes ask of a running Headgate. Whatever is not said to be refused throws when it is. */
export type Asker = {
  readonly bed: HeadgateBed;
  /** A new account with a limit, at the root; its name is given back. */
  account(limit: string, unit?: string): Promise<string>;
  hold(account: string, amount: string, key?: string): Promise<Answer>;
  settle(hold: string, body: object, key?: string): Promise<Answer>;
  post(path: string, body: object, key?: string): Promise<Answer>;
  get(path: string): Promise<Answer>;
  money(account: string): Promise<{ readonly reserved: string; readonly spent: string; readonly overrun: string }>;
};

export function askerOf(bed: HeadgateBed): Asker {
  let asked = 0;
  const post = (path: string, body: object, key?: string) => {
    asked += 1;
    return bed.call("POST", `${BUDGET}${path}`, { body, key: key ?? `probe-${asked}` });
  };
  const get = (path: string) => bed.call("GET", `${BUDGET}${path}`);
  return {
    bed,
    post,
    get,
    account: async (limit, unit = "USD") => {
      asked += 1;
      const name = `probe-${asked}`;
      done(await post("/accounts", { name, title: "A probe", kind: "institution", unit, allocated: limit }));
      return name;
    },
    hold: (account, amount, key) => post("/holds", { account, amount, subject: `probe:${asked}` }, key),
    settle: (hold, body, key) => post(`/holds/${hold}/settle`, body, key),
    money: async (account) => done(await get(`/accounts/${account}`)) as Awaited<ReturnType<Asker["money"]>>,
  };
}

/** One-day jobs of ten cores have to fit the machine that the probes pretend to have. */
export const PROBE_CORES = 16;

/** What was answered; throws when it was refused. */
export function done(answer: Answer): Record<string, unknown> {
  if (answer.status >= 300) throw new Error(`expected to be done, and was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as Record<string, unknown>;
}

/** "granted" or the code of what refused it. */
export function verdict(answer: Answer): string {
  return answer.status < 300 ? "granted" : `${answer.status} ${(answer.body as { code?: string }).code ?? "without a code"}`;
}

/** Runs a program of the package as a person would in a shell of the bed's. */
export function program(bed: HeadgateBed, name: string, ...args: readonly string[]): { readonly code: number | null; readonly out: string } {
  const run = spawnSync(process.execPath, [join(packageRoot, "bin", `${name}.js`), ...args], {
    encoding: "utf8",
    env: { ...process.env, ...bed.environment },
    timeout: 60_000,
  });
  return { code: run.status, out: `${run.stdout}${run.stderr}` };
}
