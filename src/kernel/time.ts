declare const instantBrand: unique symbol;
declare const secondsBrand: unique symbol;
declare const millisecondsBrand: unique symbol;

/** A point in time: whole milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [instantBrand]: "Instant" };

/** A length of time in whole seconds, as people and Slurm write limits. */
export type Seconds = number & { readonly [secondsBrand]: "Seconds" };

/** A measured length of time in whole milliseconds. */
export type Milliseconds = number & { readonly [millisecondsBrand]: "Milliseconds" };

export function instant(epochMs: number): Instant {
  return Math.trunc(epochMs) as Instant;
}

export function seconds(value: number): Seconds {
  return value as Seconds;
}

export function milliseconds(value: number): Milliseconds {
  return Math.round(value) as Milliseconds;
}

export function secondsToMs(value: Seconds): Milliseconds {
  return milliseconds(value * 1000);
}

/** Time from `from` to `to`; never negative, because a clock that was set back must not give money away or take it twice. */
export function elapsed(from: Instant, to: Instant): Milliseconds {
  return milliseconds(Math.max(0, to - from));
}

export function addMs(at: Instant, duration: Milliseconds): Instant {
  return instant(at + duration);
}

/** RFC 3339 in UTC with milliseconds, the wire form of every instant. */
export function instantToIso(at: Instant): string {
  return new Date(at).toISOString();
}

/** RFC 3339 with `Z` or a numeric offset, or a plain date (midnight UTC); undefined for anything else, 30 February included. */
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))?$/;

export function parseInstant(text: string): Instant | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth) return undefined;
  const epochMs = Date.parse(match[4] === undefined ? `${text}T00:00:00Z` : text.replace(" ", "T").toUpperCase());
  return Number.isNaN(epochMs) ? undefined : instant(epochMs);
}

/** For people: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration < 10_000) return `${(duration / 1000).toFixed(1)} s`;
  const total = Math.round(duration / 1000);
  if (total < 60) return `${total} s`;
  const [days, hours, minutes, rest] = [Math.floor(total / 86_400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60, total % 60];
  if (total < 3600) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  if (days === 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
}
