import { assertNever, formatDuration, milliseconds, secondsToMs, type Milliseconds, type Seconds } from "#kernel";
import type { EndState } from "#budget";
import type { JobOutcome } from "./contract.ts";
import type { Verdict } from "./ports.ts";

/** What is known of an attempt that is over. */
export type EndFacts = {
  /** As `timeout` reported it: below 128 an exit code, above 128 a signal; null when no outcome was written. */
  readonly status: number | null;
  readonly elapsed: Milliseconds;
  readonly timeLimit: Seconds;
  readonly cancelled: { readonly by: string; readonly reason: string | null } | null;
  readonly outOfMemory: boolean;
  /** Why Headgate itself stopped it; null when it did not. */
  readonly stopped: string | null;
  /** The app's word; null for a plain command. */
  readonly verdict: Verdict | null;
};

export type End = { readonly outcome: JobOutcome; readonly exitCode: number | null; readonly signal: string | null; readonly reason: string };

/** coreutils `timeout` ends with 124 after its TERM and with 137 after its KILL. */
const TIMEOUT_STATUS = 124;
const TIMEOUT_KILLED_STATUS = 137;
const NOT_EXECUTABLE_STATUS = 126;
const NOT_FOUND_STATUS = 127;

/** `timeout` counts with its own clock; it cannot have run out more than this before the limit by ours. */
const CLOCK_SLACK_MS = 50;

const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  10: "SIGUSR1",
  11: "SIGSEGV",
  12: "SIGUSR2",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  16: "SIGSTKFLT",
  24: "SIGXCPU",
  25: "SIGXFSZ",
  27: "SIGPROF",
  30: "SIGPWR",
  31: "SIGSYS",
}; // signal(7), Linux on x86 and ARM

/**
 * Says how an attempt ended, from the surest fact to the least sure: a cancel that was asked for, memory that ran out, the time limit,
 * a signal, and then the app's word on what was computed: an exit code of 0 alone is not success, and some codes end well with another. Only a
 * plain command is judged by its exit code.
 */
export function decideEnd(facts: EndFacts): End {
  const { exitCode, signal } = readStatus(facts.status);
  const end = (outcome: JobOutcome, reason: string): End => ({ outcome, exitCode, signal, reason });
  if (facts.cancelled !== null) return end("cancelled", cancelWords(facts.cancelled.by, facts.cancelled.reason));
  if (facts.stopped !== null) return end("failed", facts.stopped);
  if (facts.status === null && !facts.outOfMemory) return end("lost", "its end was not seen: no outcome was written and its process is gone");
  if (facts.outOfMemory) return end("out-of-memory", "used more memory than it reserved");
  if (ranOut(facts))
    return {
      outcome: "timeout",
      exitCode: null,
      signal: facts.status === TIMEOUT_KILLED_STATUS ? "SIGKILL" : "SIGTERM",
      reason: `ran into its time limit of ${formatDuration(secondsToMs(facts.timeLimit))}`,
    };
  if (signal !== null) return end("failed", `ended by ${signal}`);
  if (exitCode === NOT_FOUND_STATUS) return end("failed", "exit code 127: the program was not found");
  if (exitCode === NOT_EXECUTABLE_STATUS) return end("failed", "exit code 126: the program could not be started");
  if (facts.verdict !== null) return end(facts.verdict.ok ? "completed" : "failed", facts.verdict.reason);
  return exitCode === 0 ? end("completed", "exit code 0") : end("failed", `exit code ${exitCode}`);
}

/**
 * How an attempt ended in Slurm's words, by which refunds are decided. Only a machine that was started anew has failed: an end that nobody saw on one that stayed up may be the
 * job's own doing (it can end its wrapper), and is charged like a failure.
 */
export function endStateOf(outcome: JobOutcome, earlierBoot: boolean): EndState {
  switch (outcome) {
    case "completed":
      return "COMPLETED";
    case "timeout":
      return "TIMEOUT";
    case "out-of-memory":
      return "OUT_OF_MEMORY";
    case "cancelled":
    case "dependency-failed":
      return "CANCELLED";
    case "lost":
      return earlierBoot ? "NODE_FAIL" : "FAILED";
    case "failed":
      return "FAILED";
    default:
      return assertNever(outcome);
  }
}

export function cancelWords(by: string, reason: string | null): string {
  return reason === null || reason === "" ? `cancelled by ${by}` : `cancelled by ${by}: ${reason}`;
}

function ranOut(facts: EndFacts): boolean {
  const byTimeout = facts.status === TIMEOUT_STATUS || facts.status === TIMEOUT_KILLED_STATUS;
  return byTimeout && facts.elapsed >= secondsToMs(facts.timeLimit) - CLOCK_SLACK_MS;
}

/** A shell reports a death by signal n as 128 + n; an unknown n stays an exit code. */
export function readStatus(status: number | null): { exitCode: number | null; signal: string | null } {
  if (status === null) return { exitCode: null, signal: null };
  const signal = SIGNALS[status - 128];
  return signal === undefined ? { exitCode: status, signal: null } : { exitCode: null, signal };
}

/** The two clocks that measure an attempt may differ by this before the wall clock is no longer believed; both are read a few milliseconds apart. */
const CLOCKS_APART_MS = 200;

/**
 * The time an attempt took. The wall clock is the finer one (the time stamps of two files); the time since boot moves in hundredths of a
 * second but cannot be set. Where they disagree somebody has set the clock, and only the time since boot is true.
 */
export function measuredElapsed(wallMs: number, uptimeMs: number): Milliseconds {
  const believed = Math.abs(wallMs - uptimeMs) <= CLOCKS_APART_MS ? wallMs : uptimeMs;
  return milliseconds(Math.max(0, believed));
}

/** What is charged for: the time taken, but not what our own wrapper took beyond limit and grace, which was never reserved. */
export function chargeableElapsed(taken: Milliseconds, timeLimit: Seconds, grace: Milliseconds): Milliseconds {
  return milliseconds(Math.min(taken, secondsToMs(timeLimit) + grace));
}

/**
 * How long a lost attempt surely ran: from its start to the last time anybody saw it alive. Without a start nothing ran, and nothing is owed.
 */
export function lostElapsed(startedAt: number | null, lastSeenAt: number | null): Milliseconds {
  if (startedAt === null || lastSeenAt === null) return milliseconds(0);
  return milliseconds(Math.max(0, lastSeenAt - startedAt));
}
