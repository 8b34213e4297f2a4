import { seconds, type Seconds } from "./time.ts";

/** A time limit as Slurm reads it. "unlimited" is said, never stood for by a number: a gate that took 0 for it gave jobs away. */
export type TimeLimit = { readonly kind: "limited"; readonly seconds: Seconds } | { readonly kind: "unlimited" } | { readonly kind: "unset" };

/** Slurm keeps limits as 32-bit minutes; NO_VAL and INFINITE take the two highest values. */
const MINUTES_MAX = 0xffff_fffd;
const SECONDS_MAX = MINUTES_MAX * 60;

const DAYS = /^(\d{1,10})-(\d{1,10})(?::(\d{1,10}))?(?::(\d{1,10}))?$/;
const PLAIN = /^(\d{1,12})(?::(\d{1,10}))?(?::(\d{1,10}))?$/;

/**
 * Reads every form of slurm.conf(5) and sbatch(1): `MM`, `MM:SS`, `HH:MM:SS`, `D-HH`, `D-HH:MM`, `D-HH:MM:SS`,
 * `UNLIMITED`, `INFINITE`, `NOT_SET`. Undefined for anything else. Like Slurm, fields may exceed 59 (`90:00` is 90 minutes).
 * Zero means unlimited to Slurm's partitions but nothing to a budget: it is refused here.
 */
export function parseTimeLimit(text: string): TimeLimit | undefined {
  const word = text.trim().toUpperCase();
  if (word === "UNLIMITED" || word === "INFINITE" || word === "-1") return { kind: "unlimited" };
  if (word === "NOT_SET") return { kind: "unset" };
  const total = totalSeconds(word);
  if (total === undefined || total < 1 || total > SECONDS_MAX) return undefined;
  return { kind: "limited", seconds: seconds(total) };
}

function totalSeconds(word: string): number | undefined {
  const days = DAYS.exec(word);
  if (days !== null) {
    const [d, h, m, s] = [days[1], days[2], days[3], days[4]].map((part) => Number(part ?? 0)) as [number, number, number, number];
    return d * 86_400 + h * 3600 + m * 60 + s;
  }
  const plain = PLAIN.exec(word);
  if (plain === null) return undefined;
  const [a, b, c] = [plain[1], plain[2], plain[3]];
  if (c !== undefined) return Number(a) * 3600 + Number(b) * 60 + Number(c);
  return Number(a) * 60 + Number(b ?? 0);
}

/** Slurm's own form: `HH:MM:SS`, or `D-HH:MM:SS` from one day on. */
export function formatTimeLimit(limit: Seconds): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  const days = Math.floor(limit / 86_400);
  const clock = `${pad(Math.floor(limit / 3600) % 24)}:${pad(Math.floor(limit / 60) % 60)}:${pad(limit % 60)}`;
  return days === 0 ? clock : `${days}-${clock}`;
}

/** Human durations of job files: `90s`, `15m`, `6h`, `2d`, `1h30m`, or any Slurm form. */
export function parseDuration(text: string): TimeLimit | undefined {
  const match = /^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?$/.exec(text.trim().replaceAll(/\s+/g, ""));
  if (match === null || match[0] === "") return parseTimeLimit(text);
  const [d, h, m, s] = match.slice(1, 5).map((part) => Number(part ?? 0)) as [number, number, number, number];
  const total = d * 86_400 + h * 3600 + m * 60 + s;
  return total < 1 || total > SECONDS_MAX ? undefined : { kind: "limited", seconds: seconds(total) };
}
