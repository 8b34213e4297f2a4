import { formatDuration, formatMemory, formatMoney, instant, mib, milliseconds, parseMicros, type Instant, type MoneyUnit } from "#kernel";

/** Wire values in people's words. A text that is not what it should be is shown as it came: it is better than nothing. */

export function money(amount: string, unit: MoneyUnit): string {
  const value = parseMicros(amount);
  return value === undefined ? `${amount} ${unit}` : formatMoney(value, unit);
}

export function isZero(amount: string): boolean {
  return parseMicros(amount) === 0n;
}

export function duration(ms: number | null): string {
  return ms === null ? "" : formatDuration(milliseconds(ms));
}

/** `2-6 s`, `4 s`, `3 min to 2 h`: a range in one unit reads better than two durations. */
export function span(lowMs: number, highMs: number): string {
  if (highMs >= 60_000) return `${duration(lowMs)} to ${duration(highMs)}`;
  const [low, high] = [Math.max(1, Math.round(lowMs / 1000)), Math.max(1, Math.ceil(highMs / 1000))];
  return low === high ? `${low} s` : `${low}-${high} s`;
}

export function memory(value: number): string {
  return formatMemory(mib(value));
}

const pad = (value: number) => String(value).padStart(2, "0");

/** In the reader's own time zone, to the minute: `2026-11-20 14:03`. */
export function localTime(iso: string | null): string {
  if (iso === null) return "";
  const at = new Date(iso);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** `12 s ago`, `3 min ago`, `2 h ago`; from two days on the date. */
export function ago(iso: string, now: Instant): string {
  const ms = Math.max(0, now - instant(Date.parse(iso)));
  if (ms < 60_000) return `${Math.round(ms / 1000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  return ms < 172_800_000 ? `${Math.floor(ms / 3_600_000)} h ago` : localTime(iso).slice(0, 10);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, "K": 1024, "M": 1024 ** 2, "G": 1024 ** 3 };

/** `65536`, `64K`, `2M`: a number of bytes; undefined for anything else, zero included. */
export function parseBytes(given: string): number | undefined {
  const match = /^(\d{1,12})([KMG]?)$/i.exec(given);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * UNITS[match[2]!.toUpperCase()]!;
  return bytes > 0 ? bytes : undefined;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const [value, unit] = count < 1024 ** 2 ? [count / 1024, "KiB"] : count < 1024 ** 3 ? [count / 1024 ** 2, "MiB"] : [count / 1024 ** 3, "GiB"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** `1 job`, `3 jobs`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
