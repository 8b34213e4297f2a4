import { instantToIso, parseInstant, type Clock } from "#kernel";
import { parsed } from "./command.ts";

/** A flag that takes a time, or a day, which means its first moment in UTC. */
export function timeFlag(brief: string) {
  return parsed("TIME", brief, timeOf, "a time such as 2027-06-30 or 2027-06-30T18:00:00Z");
}

function timeOf(given: string): string | undefined {
  const time = /^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00:00Z` : given;
  return parseInstant(time) === undefined ? undefined : time;
}

/** A flag that takes a day in UTC. */
export function dayFlag(brief: string) {
  return parsed(
    "DAY",
    brief,
    (given) => (/^\d{4}-\d\d-\d\d$/.test(given) && parseInstant(given) !== undefined ? given : undefined),
    "a day such as 2027-06-30",
  );
}

/** The day that it is, in UTC. */
export function today({ clock }: { readonly clock: Clock }): string {
  return instantToIso(clock.now()).slice(0, 10);
}
