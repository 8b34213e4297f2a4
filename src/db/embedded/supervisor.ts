import { setTimeout as pause } from "node:timers/promises";

/** What a supervisor tells. */
export type Supervision = {
  /** The server was gone and runs again. */
  readonly onRestart: (downMs: number) => void;
  /** It is gone and could not be started; it is tried again. */
  readonly onFault: (error: unknown) => void;
};

/** Looking is two reads in /proc, some twenty microseconds. */
const LOOK_EVERY_MS = 250;

/** Between attempts at a server that does not start; each costs a few processes. */
const FAULT_PAUSE_MS = 2_000;

/** Calls `ensureRunning` again and again until the function that it gives is called, which waits for a restart that is under way. */
export function startSupervisor(ensureRunning: () => Promise<boolean>, tell: Supervision): () => Promise<void> {
  const ending = new AbortController();
  async function supervise(): Promise<void> {
    while (!ending.signal.aborted) {
      const started = performance.now();
      let wait = LOOK_EVERY_MS;
      try {
        if (await ensureRunning()) tell.onRestart(Math.round(performance.now() - started));
      } catch (error) {
        tell.onFault(error);
        wait = FAULT_PAUSE_MS;
      }
      await pause(wait, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
    }
  }
  const supervision = supervise();
  return async () => {
    ending.abort();
    await supervision;
  };
}
