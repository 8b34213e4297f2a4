import { addMs, instantToIso, milliseconds } from "#kernel";
import { AWARD_MOVEMENTS } from "./award-movements.ts";
import { POLICY_MOVEMENTS } from "./policy-movements.ts";
import * as requests from "./requests.ts";
import type { FaultBench } from "./bench.ts";
import { BEFORE_START, START, type Request } from "./side.ts";

const { account, charged, COST, ending, fundedAccount, held, heldOfFunds, holdRequest, HOUR, leased, leasedEarlier, leaseRequest, mending, must, opening } =
  requests;
const { recharging, work } = requests;

/** Every movement of the ledger, as the doors ask for it. */
export const MOVEMENTS: readonly requests.Movement[] = [
  { name: "hold", transactions: 1, request: async (_bench, label) => holdRequest(label) },
  {
    name: "settle",
    transactions: 1,
    request: async (bench, label) => ending("settleHold", await held(bench, label), label, { attempt: 1, amount: "0.25", final: true, note: "ended" }),
  },
  {
    name: "settle a part",
    transactions: 1,
    request: async (bench, label) => ending("settleHold", await held(bench, label), label, { attempt: 1, amount: "0.25", final: false, note: "goes on" }),
  },
  {
    name: "settle beyond what was held",
    transactions: 1,
    request: async (bench, label) => ending("settleHold", await held(bench, label), label, { attempt: 1, amount: "1.75", final: true, note: "ran on" }),
  },
  { name: "release", transactions: 1, request: async (bench, label) => ending("releaseHold", await held(bench, label), label, { note: "cancelled" }) },
  {
    name: "expire",
    transactions: 1,
    request: async (bench, label) => ({
      route: "expire",
      key: `ledger:expire:${await held(bench, label, { expires_at: new Date(BEFORE_START).toISOString() })}`,
    }),
  },
  {
    name: "renew",
    transactions: 1,
    request: async (bench, label) => ending("renewHold", await held(bench, label), label, { amount: "1.5", note: "longer" }),
  },
  {
    name: "charge",
    transactions: 1,
    request: async (_bench, label) => account("charge", "geo", label, { amount: "0.5", subject: "cluster:alps/head-node", note: "a day" }),
  },
  {
    name: "refund",
    transactions: 1,
    request: async (bench, label) => mending("refund", await charged(bench, label), label, {}),
  },
  {
    name: "write-off",
    transactions: 2,
    request: async (bench, label) => mending("write-off", await charged(bench, label), label, { bearer: "bio" }),
  },
  {
    name: "approve a rate",
    transactions: 1,
    request: async (_bench, label) =>
      recharging("setRate", label, { resource: "core", rate: "0.042", dated: "2026-01-01", source: "sheet", approver: "VP", reason: "yearly" }),
  },
  {
    name: "record a cost",
    transactions: 1,
    request: async (_bench, label) => recharging("recordCost", label, COST),
  },
  {
    name: "reverse a cost",
    transactions: 1,
    request: async (bench, label) => {
      const { number } = await must(bench, recharging("recordCost", `${label}-cost`, COST));
      return { ...recharging("reverseCost", label, { reason: "twice" }), params: { number } };
    },
  },
  { name: "allocate", transactions: 1, request: async (_bench, label) => account("allocate", "geo", label, { amount: "2", through: true, reason: "more" }) },
  { name: "transfer", transactions: 1, request: async (_bench, label) => account("transfer", "geo", label, { to: "bio", amount: "1", reason: "biology" }) },
  { name: "cut", transactions: 1, request: async (_bench, label) => account("cut", "geo", label, { amount: "1", reason: "the agency took it back" }) },
  {
    name: "absorb an overrun",
    transactions: 1,
    request: async (bench, label) => {
      const name = `due-${label}`;
      await must(bench, opening(name, "2", `${label}-account`));
      const hold = await held(bench, label, { account: name });
      await must(bench, account("charge", name, `${label}-bill`, { amount: "2", subject: "cluster:alps/head-node", note: "a bill" }));
      // Once the reservation is gone the bill fits again, and somebody has to say that it is dealt with.
      await must(bench, ending("releaseHold", hold, `${label}-release`, { note: "cancelled" }));
      return account("absorb", name, label, { reason: "covered" });
    },
  },
  {
    name: "change an account",
    transactions: 1,
    request: async (_bench, label) => account("changeAccount", "bio", label, { status: "open", starts_at: null, ends_at: null, reason: "looked at" }),
  },
  {
    name: "limit a person",
    transactions: 1,
    request: async (_bench, label) => account("setLimit", "geo", label, { scope: "person", subject: `p-${label}`, amount: "10", reason: "a share" }),
  },
  {
    // What was reached already rings at once.
    name: "set an alert rule",
    transactions: 2,
    request: async (bench, label) => {
      const name = await watched(bench, label);
      return { ...ruleRequest(label, name), alertsOf: name };
    },
  },
  {
    name: "lift an alert",
    transactions: 1,
    request: async (bench, label) => {
      const rule = await must(bench, ruleRequest(`${label}-rule`, await watched(bench, label)));
      return { route: "liftAlert", key: label, params: { number: rule["ringing"] }, body: { reason: "the dean agrees" } };
    },
  },
  { name: "open a lease", transactions: 1, request: async (_bench, label) => leaseRequest(label) },
  {
    name: "renew a lease",
    transactions: 1,
    request: async (bench, label) =>
      ending("renewLease", await leased(bench, label), label, { returns: "0.25", expires_at: instantToIso(addMs(START, milliseconds(2 * HOUR))) }),
  },
  {
    name: "settle out of a lease",
    transactions: 2,
    request: async (bench, label) => ending("settleLease", await leased(bench, label), label, work("0.75", "0.5", label)),
  },
  {
    name: "settle out of a lease that is closed",
    transactions: 2,
    request: async (bench, label) => {
      const lease = await leased(bench, label);
      await must(bench, ending("returnLease", lease, `${label}-return`, {}));
      return ending("settleLease", lease, label, work("0.75", "0.5", label));
    },
  },
  { name: "return a lease", transactions: 1, request: async (bench, label) => ending("returnLease", await leased(bench, label), label, {}) },
  {
    name: "expire a lease",
    transactions: 1,
    request: async (bench, label) => ({ route: "expire", key: `ledger:lease-expire:${await leasedEarlier(bench, label)}` }),
  },
  // A reservation out of two funds is one for whoever asked: each of its parts is moved, or none.
  {
    name: "hold out of two funds",
    transactions: 2,
    request: async (bench, label) => holdRequest(label, { account: await fundedAccount(bench, label) }),
  },
  {
    name: "settle out of two funds",
    transactions: 2,
    request: async (bench, label) => ending("settleHold", await heldOfFunds(bench, label), label, { attempt: 1, amount: "0.75", final: true, note: "ended" }),
  },
  {
    name: "release out of two funds",
    transactions: 2,
    request: async (bench, label) => ending("releaseHold", await heldOfFunds(bench, label), label, { note: "cancelled" }),
  },
  {
    name: "renew out of two funds",
    transactions: 2,
    request: async (bench, label) => ending("renewHold", await heldOfFunds(bench, label), label, { amount: "1.5", note: "longer" }),
  },
  // The account and its money are one movement for whoever asked: both or neither.
  { name: "open an account with money", transactions: 2, request: async (_bench, label) => opening(`new-${label}`, "5", label) },
  ...POLICY_MOVEMENTS,
  ...AWARD_MOVEMENTS,
];

function ruleRequest(label: string, name: string): Request {
  const body = { measure: "spent", threshold: 50, action: "stop", destinations: ["webhook", "mail:pi@lab.example"], reason: "as agreed" };
  return { route: "setAlertRule", key: label, params: { name }, body };
}

/** An account that has spent all it has. */
async function watched(bench: FaultBench, label: string): Promise<string> {
  const name = `watched-${label}`;
  await must(bench, opening(name, "2", `${label}-account`));
  await must(bench, account("charge", name, `${label}-bill`, { amount: "2", subject: "cluster:alps/head-node", note: "a bill" }));
  return name;
}
