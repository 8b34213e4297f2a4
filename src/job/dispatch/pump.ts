export type Pump = {
  /** Runs the work soon; while it runs, one more run follows. */
  poke(): void;
  /** Resolves when nothing runs and nothing is to follow. */
  idle(): Promise<void>;
  /** No further run begins; resolves when the running one has ended. */
  stop(): Promise<void>;
};

/**
 * Work that is asked for from many sides and done by one run after another, so that what gathers while one runs becomes the next one's batch. A run that fails
 * ends the pump: `onError` decides what becomes of the whole.
 */
export function pump(work: () => Promise<void>, onError: (error: unknown) => void): Pump {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  async function run(): Promise<void> {
    try {
      while (again && !stopped) {
        again = false;
        await work();
      }
    } catch (error) {
      stopped = true;
      onError(error);
    } finally {
      running = null;
    }
  }

  return {
    poke: () => {
      if (stopped) return;
      again = true;
      // On the next turn: whatever else has happened by then is in the same batch.
      running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(run);
    },
    idle: async () => {
      while (running !== null) await running;
    },
    stop: async () => {
      stopped = true;
      while (running !== null) await running;
    },
  };
}
