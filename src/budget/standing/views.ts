import { microsToDecimal } from "#kernel";
import type { StandingCostView } from "./contract.ts";
import type { StandingCost } from "./standing.ts";

export function standingToWire(cost: StandingCost): StandingCostView {
  return {
    name: cost.name,
    account: cost.account,
    unit: cost.unit,
    per_day: microsToDecimal(cost.perDay),
    formula: [...cost.formula],
    source: cost.source,
    person: cost.person,
    starts_on: cost.startsOn,
    ends_on: cost.endsOn,
    accrued_to: cost.accruedTo < cost.startsOn ? null : cost.accruedTo,
    reserved_to: cost.reservedTo,
  };
}
