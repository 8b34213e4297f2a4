import type { Instant } from "#kernel";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago (or until) in the words of a log reader: `just now`, `12 s ago`, `4 min ago`, `in 3 h`; from a week on, the date. */
export function relativeTime(at: Instant, now: Instant): string {
  const distance = Math.abs(now - at);
  if (distance < 5000) return "just now";
  if (distance >= 7 * DAY_MS) return calendarDate(at, now);
  const words = wordsFor(distance);
  return at <= now ? `${words} ago` : `in ${words}`;
}

function wordsFor(distance: number): string {
  if (distance < MINUTE_MS) return `${Math.floor(distance / 1000)} s`;
  if (distance < HOUR_MS) return `${Math.floor(distance / MINUTE_MS)} min`;
  if (distance < DAY_MS) return `${Math.floor(distance / HOUR_MS)} h`;
  return `${Math.floor(distance / DAY_MS)} d`;
}

function calendarDate(at: Instant, now: Instant): string {
  const [date, today] = [new Date(at), new Date(now)];
  const year = date.getFullYear() === today.getFullYear() ? undefined : ("numeric" as const);
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year });
}

/** The exact moment for the hover text, in the reader's own time zone: `2026-11-21 12:53:04 GMT+1`. */
export function exactTime(at: Instant): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const zone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(date).find((part) => part.type === "timeZoneName");
  return `${day} ${clockTime(at)} ${zone?.value ?? ""}`.trim();
}

/** `12:53:04` in the reader's time zone. */
export function clockTime(at: Instant): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour12: false });
}
