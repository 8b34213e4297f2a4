import { z } from "zod";
import {
  mib,
  NAME,
  parseDuration,
  parseHourlyRate,
  parseInstant,
  parseMemory,
  parseMicros,
  type HourlyRate,
  type Instant,
  type MiB,
  type Micros,
  type ProblemCode,
  type Seconds,
} from "#kernel";

/** Numbers in YAML are doubles: below 10^9 six decimals survive exactly (15 digits); above, amounts must be quoted. */
const EXACT_NUMBER_MAX = 1e9;

/** Adds an issue that carries a code of the problem catalogue, so that the fault names precisely what is wrong. */
function issue(context: z.RefinementCtx, code: ProblemCode, message: string): typeof z.NEVER {
  context.addIssue({ code: "custom", message, params: { code } });
  return z.NEVER;
}

function textOf(value: string | number): string | undefined {
  if (typeof value === "string") return value;
  return Math.abs(value) < EXACT_NUMBER_MAX ? String(value) : undefined;
}

/** An amount of money, `120`, `"120.00"`, `"$120.00"`: at least zero, at most six decimals. */
export function moneyField(): z.ZodType<Micros, string | number> {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const amount = parseMicros(textOf(value) ?? "");
    if (amount === undefined || amount < 0n) return issue(context, "value.money", `${JSON.stringify(value)} is not an amount of money`);
    return amount;
  });
}

/** A price per hour of one unit, up to nine decimals. */
export function rateField(): z.ZodType<HourlyRate, string | number> {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const rate = parseHourlyRate(textOf(value) ?? "");
    if (rate === undefined) return issue(context, "value.money", `${JSON.stringify(value)} is not a price per hour (at most nine decimals, not negative)`);
    return rate;
  });
}

/** A length of time: `90s`, `15m`, `6h`, `2d`, `1h30m`, Slurm's forms, or a plain number of minutes as Slurm reads it. Never unlimited. */
export function durationField(): z.ZodType<Seconds, string | number> {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const limit = parseDuration(String(value));
    if (limit === undefined) return issue(context, "value.time", `${JSON.stringify(value)} is not a length of time`);
    if (limit.kind !== "limited") return issue(context, "value.time", `${JSON.stringify(value)} has no end, so its cost has none; give a limit`);
    return limit.seconds;
  });
}

/** An amount of memory: `512M`, `4G`; a plain number is MiB as in Slurm. */
export function memoryField(): z.ZodType<MiB, string | number> {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const memory = parseMemory(String(value));
    return memory === undefined ? issue(context, "value.memory", `${JSON.stringify(value)} is not an amount of memory`) : mib(memory);
  });
}

/** A name as accounts, people, apps and projects have it. */
export function nameField(): z.ZodType<string, string> {
  return z.string().superRefine((value, context) => {
    if (!NAME.test(value)) issue(context, "value.name", `${JSON.stringify(value)} is not a name`);
  });
}

/** A date or an RFC 3339 time; a plain date is midnight UTC. */
export function instantField(): z.ZodType<Instant, string> {
  return z
    .string()
    .transform(
      (value, context) =>
        parseInstant(value) ?? issue(context, "value.time", `${JSON.stringify(value)} is not a date (2026-12-31) or a time (2026-12-31T18:00:00Z)`),
    );
}
