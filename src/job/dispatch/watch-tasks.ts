import { watch } from "node:fs";
import { addMs, milliseconds, secondsToMs, type Instant } from "#kernel";
import { isAlive, leftovers, type ProcessFacts, type Processes } from "../local/processes.ts";
import type { Attempt, DispatchContext } from "./context.ts";
import type { Ending } from "./end-tasks.ts";

/** Beyond limit and grace, by which the attempt's own `timeout` has ended it, unless the job has done away with that. */
const OVERDUE_MS = milliseconds(5_000);

/** A marker that is created and not written in this time never will be: its writer needs microseconds. */
const PARTIAL_MS_MAX = 2_000;

/** The parent of a process hears of its end within milliseconds; where the parent was ended too nobody will. */
const TOLD_MS_MAX = 5_000;

/** Follows an attempt by its files and its process: sets what has become known, and gives how it ended once it has. */
export function look(context: DispatchContext, attempt: Attempt, now: Instant): Ending | null {
  if (attempt.phase !== "launched") return null;
  if (attempt.begun === null) {
    const marker = context.files.start(attempt.token);
    if (marker.kind === "started") {
      attempt.begun = { pid: marker.pid, startTicks: marker.startTicks, startedAt: marker.at, wallMs: marker.wallMs, uptimeMs: marker.uptimeMs };
      attempt.lastSeenAt = marker.at;
    } else if (marker.kind === "partial" && (attempt.earlierBoot || now - marker.at > PARTIAL_MS_MAX)) {
      return { kind: "lost", startedAt: marker.at, lastSeenAt: marker.at, reason: null };
    } else return notBegun(context, attempt, marker.kind);
  }
  // In this order: what is dead by now has written before.
  const alive = !attempt.earlierBoot && isAlive(context.processes, attempt.begun);
  if (alive) attempt.lastSeenAt = now;
  const end = context.files.end(attempt.token);
  if (end !== null) return { kind: "written", end };
  if (alive) return null;
  // Its outcome may be missing because the disk is full, or be on its way: who started it knows its exit code.
  attempt.deadSince ??= now;
  if (attempt.launchedHere && attempt.gone === null && now - attempt.deadSince < TOLD_MS_MAX) return null;
  if (attempt.gone !== null && attempt.gone.code !== null) return { kind: "seen", code: attempt.gone.code, at: now };
  const beat = context.files.beat(attempt.token);
  const lastSeenAt = later(attempt.lastSeenAt, beat);
  const reason = attempt.earlierBoot ? `the machine was started anew while it ran; charged to its last sign of life` : null;
  return { kind: "lost", startedAt: attempt.begun.startedAt, lastSeenAt, reason };
}

/** What the wrapper ends with before it begins; see WRAPPER. */
const SHELL_SAYS: ReadonlyMap<number | null, string> = new Map([
  [70, "/proc could not be read"],
  [71, "its memory limit could not be entered"],
]);

/** Its wrapper has not come (yet). Once its parent says that it is gone, the marker decides whether it still could. */
function notBegun(context: DispatchContext, attempt: Attempt, marker: "none" | "partial" | "revoked"): Ending | null {
  if (attempt.earlierBoot) return { kind: "lost", startedAt: null, lastSeenAt: null, reason: "the machine was started anew while it was being launched" };
  if (attempt.gone === null || marker !== "none" || !context.files.revoke(attempt.token)) return null;
  return {
    kind: "never-ran",
    reason: `it could not be started: ${attempt.gone.error ?? SHELL_SAYS.get(attempt.gone.code) ?? `its shell ended with ${attempt.gone.code}`}`,
  };
}

function later(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/**
 * Asks an attempt to stop: TERM to its `timeout`, which hands it to the job, gives it its grace and then KILL. True when it never began and now never will.
 * Called again and again for an attempt that is still there: until `timeout` is there to be asked (a shell that has forked and not yet become it would lose
 * the signal), and to do the killing itself once the grace is over by far.
 */
export function askToStop(context: DispatchContext, attempt: Attempt, now: Instant): boolean {
  if (attempt.phase !== "launched") return false;
  if (attempt.begun === null) return context.files.start(attempt.token).kind === "none" && context.files.revoke(attempt.token);
  if (attempt.stopAskedAt === null) {
    const timeout = isAlive(context.processes, attempt.begun) ? timeoutOf(context.processes, attempt.begun.pid) : undefined;
    if (timeout === undefined) return false;
    attempt.stopAskedAt = now;
    context.processes.signal(timeout.pid, "SIGTERM");
  } else if (now > addMs(addMs(attempt.stopAskedAt, attempt.job.grace), OVERDUE_MS)) killAll(context, [attempt]);
  return false;
}

/**
 * The `timeout` of a wrapper, once it waits for its job. One that still runs has perhaps just forked and does not know its job's id yet: TERM would end it and
 * leave the job (coreutils, timeout.c, cleanup).
 */
export function timeoutOf(processes: Pick<Processes, "all">, wrapper: number): ProcessFacts | undefined {
  return processes.all().find((one) => one.parent === wrapper && one.session === wrapper && one.name === "timeout" && one.state !== "R");
}

/** A second fence for the time limit: a job may have ended the program that kept it. */
export function isOverdue(attempt: Attempt, now: Instant): boolean {
  if (attempt.begun === null) return false;
  return now > attempt.begun.startedAt + secondsToMs(attempt.job.timeLimit) + attempt.job.grace + OVERDUE_MS;
}

/** What is there of the sessions of these attempts. Reads all of /proc. */
export function remains(context: DispatchContext, attempts: readonly Attempt[]): ProcessFacts[] {
  const wrappers = new Map(
    attempts.flatMap((one) =>
      one.begun === null || one.earlierBoot ? [] : [[one.begun.pid, { token: one.token, startTicks: one.begun.startTicks }] as const],
    ),
  );
  return leftovers(context.processes, wrappers);
}

/** Ends at once whatever is there of these attempts: their sessions, and what is inside their memory limits. */
export function killAll(context: DispatchContext, attempts: readonly Attempt[]): void {
  const pids = new Set([...remains(context, attempts).map((one) => one.pid), ...attempts.flatMap((one) => context.fence.inside(one.token))]);
  for (const pid of pids) context.processes.signal(pid, "SIGKILL");
}

/** Tells of changes in the control files as they happen. A loss of events only costs time: everything is looked at regularly as well. */
export function watchFiles(folder: string, onChange: (token: string) => void): () => void {
  const watcher = watch(folder, { persistent: false }, (_event, name) => {
    const dot = name?.lastIndexOf(".") ?? -1;
    if (name !== null && dot > 0 && (name.endsWith(".start") || name.endsWith(".end"))) onChange(name.slice(0, dot));
  });
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}
