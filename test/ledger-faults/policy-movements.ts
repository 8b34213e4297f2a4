import { addMs, milliseconds } from "#kernel";
import type { FaultBench } from "./bench.ts";
import { account, ending, held, holdRequest, HOUR, must, opening, recharging, type Movement } from "./requests.ts";
import { sideOf, START, type Request } from "./side.ts";

/* Decisions about accounts, and the movements that go another way because of them. Each on accounts of its own, so that the others are as they were. */

const ENDED = { attempt: 1, final: true, note: "ended", end_state: "NODE_FAIL" };

export const POLICY_MOVEMENTS: readonly Movement[] = [
  {
    name: "decide about recharging",
    transactions: 1,
    request: async (_bench, label) => recharging("setRecharge", label, { since: "2026-01-01", opening: "0", band_days: 60, approver: "VP", reason: "yearly" }),
  },
  {
    name: "say when money is reserved",
    transactions: 1,
    request: async (bench, label) => account("changeAccount", await opened(bench, label, "1"), label, { reserve_at: "start", reason: "padded jobs" }),
  },
  {
    name: "set a plan of funds",
    transactions: 1,
    request: async (bench, label) =>
      account("setFunds", await opened(bench, label, "0"), label, { mode: "order", funds: [{ account: "geo" }], reason: "paid above" }),
  },
  {
    name: "clear a plan of funds",
    transactions: 1,
    request: async (bench, label) => {
      const name = await opened(bench, label, "0");
      await must(bench, account("setFunds", name, `${label}-plan`, { mode: "order", funds: [{ account: "geo" }], reason: "paid above" }));
      return account("clearFunds", name, label, { reason: "pays itself" });
    },
  },
  {
    name: "say what a unit is worth",
    transactions: 1,
    request: async (bench, label) => {
      const { body, ...rest } = opening(`su-${label}`, "5", `${label}-account`);
      await must(bench, { ...rest, body: { ...(body as object), parent: null, kind: "project", unit: "SU" } });
      return account("setSuRate", `su-${label}`, label, { rate: "0.02", dated: "2026-01-01", source: "sheet", approver: "VP", reason: "yearly" });
    },
  },
  { name: "give an exemption", transactions: 1, request: async (bench, label) => exemption(await opened(bench, label, "0"), label, {}) },
  {
    name: "break the glass",
    transactions: 1,
    request: async (bench, label) => exemption(await opened(bench, label, "0"), label, { kind: "break-glass", hours: 4 }),
  },
  {
    name: "withdraw an exemption",
    transactions: 1,
    request: async (bench, label) => account("withdrawExemption", await exempt(bench, label), label, { kind: "exemption", person: "owner", reason: "over" }),
  },
  { name: "hold by an exemption", transactions: 1, request: async (bench, label) => holdRequest(label, { account: await exempt(bench, label) }) },
  {
    name: "settle by an exemption",
    transactions: 1,
    request: async (bench, label) =>
      ending("settleHold", await held(bench, label, { account: await exempt(bench, label) }), label, {
        attempt: 1,
        amount: "0.75",
        final: true,
        note: "ended",
      }),
  },
  { name: "promise a price", transactions: 1, request: async (_bench, label) => quote("geo", label) },
  {
    name: "hold by a quote",
    transactions: 1,
    request: async (bench, label) => holdRequest(label, { quote: (await must(bench, quote("geo", `${label}-quote`)))["id"] }),
  },
  { name: "decide about refunds", transactions: 1, request: async (bench, label) => refundRule(await opened(bench, label, "1"), label) },
  {
    name: "settle with a refund",
    transactions: 2,
    request: async (bench, label) => {
      const name = await opened(bench, label, "1");
      await must(bench, refundRule(name, `${label}-rule`));
      return ending("settleHold", await held(bench, label, { account: name }), label, { ...ENDED, amount: "0.75" });
    },
  },
  {
    name: "charge with a refund",
    transactions: 2,
    request: async (bench, label) => {
      const name = await opened(bench, label, "1");
      await must(bench, refundRule(name, `${label}-rule`));
      return account("charge", name, label, { amount: "0.5", subject: "cluster:alps/head-node", note: "broke", detail: { end_state: "NODE_FAIL" } });
    },
  },
  { name: "open an account at risk", transactions: 2, request: async (_bench, label) => atRisk(`risk-${label}`, label) },
  { name: "decide about overrun", transactions: 1, request: async (bench, label) => overrun(await opened(bench, label, "1"), label, { policy: "extend" }) },
  {
    name: "settle and extend",
    transactions: 2,
    request: async (bench, label) => {
      const name = await opened(bench, label, "1.5");
      await must(bench, overrun(name, `${label}-policy`, { policy: "extend" }));
      return ending("settleHold", await held(bench, label, { account: name }), label, { attempt: 1, amount: "1.75", final: true, note: "ran on" });
    },
  },
  {
    name: "settle out of an advance",
    transactions: 2,
    request: async (bench, label) =>
      ending("settleHold", await held(bench, label, { account: await advanced(bench, label) }), label, {
        attempt: 1,
        amount: "1.75",
        final: true,
        note: "ran on",
      }),
  },
  // Two parts, what the second has no room for, and what is given back of each of the three.
  {
    name: "settle funds, advance, refund",
    transactions: 6,
    request: async (bench, label) => {
      const [name, fund] = [await opened(bench, label, "0"), await advanced(bench, label)];
      await must(bench, opening(`fund-${label}`, "0.4", `${label}-fund`));
      const plan = { mode: "order", funds: [{ account: `fund-${label}` }, { account: fund }], reason: "the fund first" };
      await must(bench, account("setFunds", name, `${label}-plan`, plan));
      await must(bench, refundRule(name, `${label}-rule`));
      return ending("settleHold", await held(bench, label, { account: name }), label, { ...ENDED, amount: "2" });
    },
  },
  {
    name: "name an overhead account",
    transactions: 1,
    request: async (bench, label) => overhead(await overheadAccount(bench, label), label),
  },
  {
    name: "charge overhead",
    transactions: 1,
    request: async (bench, label) => {
      await must(bench, overhead(await overheadAccount(bench, label), `${label}-set`));
      return { route: "chargeOverhead", key: label, params: { cluster: `c-${label}` }, body: { kind: "failed-boot", amount: "0.5", note: "a boot" } };
    },
  },
  // One that is over by then is not looked at again.
  {
    name: "charge standing costs",
    transactions: 2,
    request: async (bench, label) => {
      const earlier = sideOf(bench.direct.db, addMs(START, milliseconds(-48 * HOUR)));
      await earlier.perform(standing(await opened(bench, label, "2"), `${label}-add`, label, { starts_on: "2026-11-19", ends_on: "2026-11-20" }));
      await earlier.ledger.close();
      return { route: "accrueStanding", key: label, beside: `standing:s-${label}:%` };
    },
  },
  // The day that is over, and the reservation of those to come: for whoever asks all of it is one.
  {
    name: "add a standing cost",
    transactions: 3,
    request: async (bench, label) => ({ ...standing(await opened(bench, label, "2"), label), beside: `standing%:s-${label}:%` }),
  },
  {
    name: "end a standing cost",
    transactions: 2,
    request: async (bench, label) => {
      await must(bench, standing(await opened(bench, label, "2"), `${label}-add`, label));
      const [cost] = await bench.direct.db.query<{ hold_id: string }>("select hold_id from headgate.standing_cost where name = $1", [`s-${label}`]);
      const body = { ends_on: "2026-11-21", reason: "sold" };
      return { route: "endStanding", key: label, params: { name: `s-${label}` }, body, beside: `standing-shorten:${cost!.hold_id}:%` };
    },
  },
];

/** An account of its own with so much. */
async function opened(bench: FaultBench, label: string, allocated: string): Promise<string> {
  await must(bench, opening(`own-${label}`, allocated, `${label}-own`));
  return `own-${label}`;
}

function exemption(name: string, label: string, more: object): Request {
  return account("grantExemption", name, label, { kind: "exemption", person: "owner", reason: "deadline", approver: "dean", ...more });
}

/** An account without money on which everything is let in. */
async function exempt(bench: FaultBench, label: string): Promise<string> {
  const name = await opened(bench, label, "0");
  await must(bench, exemption(name, `${label}-exemption`, {}));
  return name;
}

function quote(name: string, label: string): Request {
  return { route: "makeQuote", key: label, body: { account: name, amount: "1", reason: "proposal" } };
}

function refundRule(name: string, label: string): Request {
  return account("setRefundRule", name, label, { state: "NODE_FAIL", share: "0.5", reason: "broken nodes" });
}

function overrun(name: string, label: string, policy: object): Request {
  return account("setOverrunPolicy", name, label, { ...policy, reason: "decided" });
}

function atRisk(name: string, label: string): Request {
  return { route: "createAccount", key: label, body: { name, kind: "advance", allocated: "5", reason: "renewal is promised", approver: "dean" } };
}

/** An account of a dollar whose costs beyond that an account at risk bears. */
async function advanced(bench: FaultBench, label: string): Promise<string> {
  await must(bench, opening(`adv-${label}`, "1", `${label}-advanced`));
  await must(bench, atRisk(`risk-${label}`, `${label}-risk`));
  await must(bench, overrun(`adv-${label}`, `${label}-policy`, { policy: "advance", advance: `risk-${label}` }));
  return `adv-${label}`;
}

async function overheadAccount(bench: FaultBench, label: string): Promise<string> {
  await must(bench, { route: "createAccount", key: `${label}-overhead`, body: { name: `oh-${label}`, kind: "overhead", allocated: "5" } });
  return `oh-${label}`;
}

function overhead(name: string, label: string): Request {
  const cluster = name.replace(/^oh-/, "c-");
  return { route: "setOverhead", key: label, params: { cluster }, body: { account: name, idle_rule: { payer: "overhead", minutes: 10 }, reason: "agreed" } };
}

function standing(name: string, key: string, label = key, days: object = { starts_on: "2026-11-20", ends_on: "2026-11-23" }): Request {
  return { route: "addStanding", key, body: { name: `s-${label}`, account: name, per_day: "0.1", source: "sheet", reason: "the head node", ...days } };
}
