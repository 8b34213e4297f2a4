import pg from "pg";
import { invariant, instant, type Instant } from "#kernel";

/** Object ids of PostgreSQL's built-in types (pg_type.dat); they never change. */
const OID = { int8: 20, int8Array: 1016, date: 1082, dateArray: 1182, timestamp: 1114, timestamptz: 1184, timestamptzArray: 1185, interval: 1186 } as const;

/**
 * A timestamptz as the server sends it with DateStyle ISO and TimeZone UTC, as our Instant (whole milliseconds, cut, not
 * rounded). `infinity` has no Instant; a column that needs "for ever" is nullable instead.
 */
export function readTimestamp(text: string): Instant {
  const match = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  invariant(match !== null, `a timestamptz came as "${text}", not as an ISO time in UTC`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const milliseconds = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  return instant(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds));
}

const TEXT_ARRAY: number = 1009;
const splitArray = pg.types.getTypeParser(TEXT_ARRAY) as (text: string) => (string | null)[];

/** Reads a one-dimensional array; the driver's parser for text[] splits it and takes the quotes off. */
function readArray<T>(read: (text: string) => T): (text: string) => (T | null)[] {
  return (text) => splitArray(text).map((item) => (item === null ? null : read(item)));
}

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [OID.int8, BigInt],
  [OID.int8Array, readArray(BigInt)],
  [OID.timestamptz, readTimestamp],
  [OID.timestamptzArray, readArray(readTimestamp)],
  // Texts on purpose: the driver would make local-time Dates of them, and a Date has no interval.
  [OID.date, String],
  [OID.dateArray, readArray(String)],
  [OID.timestamp, String],
  [OID.interval, String],
]);

/**
 * How values leave the database, for every connection of ours and for nobody else's (the driver's global table stays as
 * it is): int8 as BigInt, timestamptz as Instant, date, timestamp, interval and numeric as text, json parsed, bytea as Buffer.
 */
export const rowTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    const own = format === "binary" ? undefined : PARSERS.get(oid);
    return own ?? (pg.types.getTypeParser(oid, format ?? "text") as (value: string) => unknown);
  }) as pg.CustomTypesConfig["getTypeParser"],
};
