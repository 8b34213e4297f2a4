import type { ProblemKind } from "./problem-kind.ts";

/** The part of the catalogue that speaks of prices. */
export const PRICE_PROBLEMS = {
  // price
  "price.free-without-reason": { status: 422, exit: "invalid", title: "Free without a reason", fix: "Say why it is free, e.g. condo." },
  "price.su-rate-missing": {
    status: 422,
    exit: "refused",
    title: "No rate of service units",
    fix: "Have it recorded: headgate budget su-rate set ACCOUNT RATE; a missing rate is never taken as one or as zero.",
  },
  "price.missing": {
    status: 422,
    exit: "refused",
    title: "No price known",
    fix: "Give the rate, or say that it is free and why; a missing price is never taken as zero.",
  },
  // recharge
  "recharge.unset": {
    status: 404,
    exit: "notFound",
    title: "Recharging is not set up",
    fix: "Say from when on costs and charges are compared: headgate budget recharge set --since DAY --band-days 60.",
  },
  "recharge.cost-unknown": {
    status: 404,
    exit: "notFound",
    title: "No such cost",
    fix: "headgate budget recharge costs shows them; a reversal cannot be reversed.",
  },
  "recharge.cost-reversed": { status: 409, exit: "conflict", title: "Cost was taken back already", fix: "Leave it, or record the right one." },
} as const satisfies Record<string, ProblemKind>;
