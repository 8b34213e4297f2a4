import type { JobOutcome, JobState } from "#job/contract";

/** The three shelves of the Work page, in the order a person asks: what runs, what waits and why, what ended. */
export type Shelf = "running" | "waiting" | "ended";

export type Shape = "play" | "ring" | "clock" | "check" | "cross" | "slash" | "hourglass" | "question" | "stop";
export type Tone = "active" | "plain" | "quiet" | "bad" | "warn";

/** How a state is told apart: by its word and its shape; the tone only helps. */
export type Mark = { readonly word: string; readonly shape: Shape; readonly tone: Tone; readonly shelf: Shelf };

/** Which states stand on a shelf; sent to the server as its filter. */
export const SHELF_STATES: Readonly<Record<Shelf, readonly JobState[]>> = {
  running: ["starting", "running"],
  waiting: ["submitted", "queued", "waiting"],
  ended: ["ended", "settled", "refused"],
};

const STATE_MARKS: Readonly<Record<JobState, Mark>> = {
  submitted: { word: "Reserving", shape: "ring", tone: "quiet", shelf: "waiting" },
  queued: { word: "Queued", shape: "ring", tone: "quiet", shelf: "waiting" },
  waiting: { word: "Waiting", shape: "clock", tone: "quiet", shelf: "waiting" },
  starting: { word: "Starting", shape: "play", tone: "active", shelf: "running" },
  running: { word: "Running", shape: "play", tone: "active", shelf: "running" },
  refused: { word: "Refused", shape: "stop", tone: "bad", shelf: "ended" },
  ended: { word: "Ended", shape: "check", tone: "plain", shelf: "ended" },
  settled: { word: "Ended", shape: "check", tone: "plain", shelf: "ended" },
};

const OUTCOME_MARKS: Readonly<Record<JobOutcome, Omit<Mark, "shelf">>> = {
  "completed": { word: "Completed", shape: "check", tone: "plain" },
  "failed": { word: "Failed", shape: "cross", tone: "bad" },
  "timeout": { word: "Timed out", shape: "hourglass", tone: "bad" },
  "cancelled": { word: "Cancelled", shape: "slash", tone: "quiet" },
  "out-of-memory": { word: "Out of memory", shape: "cross", tone: "bad" },
  "lost": { word: "Lost", shape: "question", tone: "warn" },
  "dependency-failed": { word: "Never ran", shape: "slash", tone: "warn" },
};

/** The mark of a job: its outcome once it has one, otherwise its state. */
export function markOf(job: { readonly state: JobState; readonly outcome: JobOutcome | null }): Mark {
  const byState = STATE_MARKS[job.state];
  if (byState.shelf !== "ended" || job.outcome === null) return byState;
  return { ...OUTCOME_MARKS[job.outcome], shelf: "ended" };
}

/** A job that has not ended can be cancelled; one that has can be run again. */
export function isEnded(state: JobState): boolean {
  return STATE_MARKS[state].shelf === "ended";
}
