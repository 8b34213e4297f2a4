import type { Forecast, ThinReason } from "./forecast.ts";

/** The forecast in people's words. `dayOf` gives the date of a day, counted from today. */

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"] as const;

type Days = { readonly dayOf: (day: number) => string; readonly end: number; readonly whatIf: boolean };

export function sentenceOf({ runsOut: { early, middle, late }, lasts, days, thin, known }: Forecast, ask: Days): string {
  const { dayOf, end } = ask;
  const pace = ask.whatIf ? "Then" : "At this pace";
  const at = (day: number) => dateWords(dayOf(day), dayOf(0));
  const last = at(end);
  if (days[0]!.left <= 0) return "The money has run out.";
  if (thin?.kind === "nothing-spent" && !known) return "Nothing has been spent yet: there is no pace to go by.";
  if (early === null) return `${pace} the money lasts to ${last} (${percent(lasts)} sure).`;
  if (late === null) {
    const from = `from ${at(early)} on`;
    return middle === null
      ? `${pace} the money probably lasts to ${last} (${percent(lasts)}); it could run out ${from}.`
      : `${pace} the money probably runs out before ${last} (${percent(1 - lasts)}), about ${at(middle)}; it could ${from}.`;
  }
  if (early === late) return `${pace} the money runs out on ${at(early)} (80 %).`;
  return `${pace} the money runs out between ${between(dayOf(early), dayOf(late), dayOf(0))} (80 %), as likely before as after ${at(middle ?? late)}.`;
}

export function thinWords(thin: ThinReason | null): string | null {
  switch (thin?.kind) {
    case undefined:
      return null;
    case "nothing-spent":
      return "nothing has been spent yet: the longer that lasts the likelier it goes on, and what is spent then is a guess around spending evenly";
    case "young":
      return `there are only ${thin.historyDays} days to go by: the bands are those of accounts in general`;
    case "far":
      return `there are only ${thin.historyDays} days to go by for ${thin.ahead} days ahead: the bands lean on those of accounts in general`;
  }
}

/** `3 March`, with the year when it is not this one. */
export function dateWords(date: string, today: string): string {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return `${day} ${MONTHS[month - 1]}${date.slice(0, 4) === today.slice(0, 4) ? "" : ` ${year}`}`;
}

/** `3 and 19 March`, `3 March and 2 April`. */
function between(first: string, last: string, today: string): string {
  const [one, other] = [dateWords(first, today), dateWords(last, today)];
  return first.slice(0, 7) === last.slice(0, 7) ? `${Number(first.slice(8))} and ${other}` : `${one} and ${other}`;
}

/** Levels reach from 1 to 99 %; what is beyond is said to be. */
export function percent(chance: number): string {
  if (chance >= 1) return "100 %";
  if (chance <= 0) return "0 %";
  if (chance >= 0.985) return "99 % or more";
  return chance <= 0.015 ? "1 % or less" : `${Math.round(chance * 100)} %`;
}
