import type { MoneyUnit } from "#kernel";
import { decimalsOf, showAmount } from "./amount.ts";

/** The ledger keeps six decimals; a column reserves room for all of them so that the points stand under each other. */
const DECIMALS_MAX = 6;

type MoneyProps = {
  readonly amount: string;
  readonly unit: MoneyUnit;
  /** In a column: room is left for the decimals this amount does not have, so that decimal points line up. */
  readonly aligned?: boolean;
};

/** An exact amount. Its text is the whole figure, so it can be copied, searched and read aloud. */
export function Money({ amount, unit, aligned = false }: MoneyProps) {
  const text = showAmount(amount, unit);
  const room = aligned ? DECIMALS_MAX - decimalsOf(text) : 0;
  return <span style={{ whiteSpace: "nowrap", paddingInlineEnd: room === 0 ? undefined : `${room}ch` }}>{text}</span>;
}
