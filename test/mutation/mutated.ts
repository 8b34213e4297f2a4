/** The pure rules of the ledger and the arithmetic of money. What only reads, writes or names things is tested elsewhere and not changed here. */
export const MUTATED = [
  "src/budget/decide-hold.ts",
  "src/budget/charge/post-spending.ts",
  "src/budget/adjust/adjust.ts",
  "src/budget/renew/renew.ts",
  "src/budget/lease/lease.ts",
  "src/budget/award/award.ts",
  "src/budget/check-ask.ts",
  "src/kernel/money.ts",
] as const;

/** Of a hundred changes so many have to be noticed. */
export const SCORE_MIN = 90;
