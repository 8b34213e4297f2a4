import { addMs, instantToIso, milliseconds, Problem } from "#kernel";
import type { FaultBench } from "./bench.ts";
import { BEFORE_START, sideOf, START, type Request } from "./side.ts";

/* Requests as they come over the wire, and what has to be there before them, made without a fault. */

export const HOUR = milliseconds(3_600_000);

/** The request is what comes over the wire, so that it can be asked again and again, from this process or another one, each time as a request of its own under the same key. */
export type Movement = {
  readonly name: string;
  /** Makes what has to be there before, without a fault, and gives the request. Other labels are other requests. */
  request(bench: FaultBench, label: string): Promise<Request>;
  /** How many transactions with the request's key, or named after it, the journal has once it was done. */
  readonly transactions: number;
};

export function holdRequest(label: string, more: object = {}): Request {
  return { route: "placeHold", key: label, body: { account: "geo", amount: "1", subject: `job:${label}`, ...more } };
}

export function leaseRequest(label: string, expires = addMs(START, HOUR)): Request {
  return { route: "openLease", key: label, body: { account: "geo", amount: "1", expires_at: instantToIso(expires) } };
}

export function work(reserved: string, cost: string, label: string): object {
  return { reserved, cost, person: "maria", subject: `slurm:${label}` };
}

export function account(route: Request["route"], name: string, label: string, body: object): Request {
  return { route, key: label, params: { name }, body };
}

export const COST = { from: "2026-11-01", to: "2026-11-30", amount: "30", category: "salaries", document: "GL", reason: "November" };

export function recharging(route: Request["route"], label: string, body: object): Request {
  return { route, key: label, body };
}

export function opening(name: string, allocated: string, label: string): Request {
  return { route: "createAccount", key: label, body: { name, kind: "person", parent: "geo", allocated, starts_at: null, ends_at: null } };
}

export function ending(route: Request["route"], holdId: string, label: string, body: object): Request {
  return { route, key: label, params: { id: holdId }, body };
}

export function mending(kind: string, mends: string, label: string, more: object): Request {
  return {
    route: "adjust",
    key: label,
    body: { kind, mends, amount: "0.25", reason: "too much", approver: "maria", at: new Date(START).toISOString(), ...more },
  };
}

export async function must(bench: FaultBench, request: Request): Promise<Readonly<Record<string, unknown>>> {
  const outcome = await bench.ask(bench.direct, request);
  if (outcome.code !== null) throw new Problem("internal", { detail: `${request.route} ${request.key} was refused: ${outcome.code}` });
  return outcome.answer as Readonly<Record<string, unknown>>;
}

export async function held(bench: FaultBench, label: string, more: object = {}): Promise<string> {
  return String((await must(bench, holdRequest(`${label}-hold`, more)))["hold_id"]);
}

/** An account that is paid from a fund of 40 cents, then from geo. */
export async function fundedAccount(bench: FaultBench, label: string): Promise<string> {
  const [name, fund] = [`many-${label}`, `fund-${label}`];
  await must(bench, opening(name, "0", `${label}-account`));
  await must(bench, opening(fund, "0.4", `${label}-fund`));
  await must(bench, account("setFunds", name, `${label}-plan`, { mode: "order", funds: [{ account: fund }, { account: "geo" }], reason: "the fund first" }));
  return name;
}

export async function heldOfFunds(bench: FaultBench, label: string): Promise<string> {
  return held(bench, label, { account: await fundedAccount(bench, label) });
}

export async function leased(bench: FaultBench, label: string): Promise<string> {
  return String((await must(bench, leaseRequest(`${label}-lease`)))["lease_id"]);
}

/** One whose time is over now: only a gate of an hour ago can have opened it. */
export async function leasedEarlier(bench: FaultBench, label: string): Promise<string> {
  const earlier = sideOf(bench.direct.db, addMs(START, milliseconds(-HOUR)));
  const answer = await earlier.perform(leaseRequest(`${label}-lease`, BEFORE_START));
  await earlier.ledger.close();
  return String((answer as Readonly<Record<string, unknown>>)["lease_id"]);
}

export async function charged(bench: FaultBench, label: string): Promise<string> {
  const answer = await must(bench, account("charge", "geo", `${label}-charge`, { amount: "0.5", subject: "cluster:alps/head-node", note: "a day" }));
  return String(answer["transaction"]);
}
