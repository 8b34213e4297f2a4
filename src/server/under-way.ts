import { Problem } from "#kernel";

/** What is being done at this moment: so that a stopping server can end streams at once, wait for work, and cut what takes too long. */
export type UnderWay = {
  readonly stopping: boolean;
  /** A signal for one request: aborted by `cut`, and for streams also by `stop`. `done` forgets it. */
  begin(kind: "work" | "stream"): { readonly controller: AbortController; done(): void };
  /** Remembers work that may outlive its request. */
  track(work: Promise<unknown>): void;
  /** From now on no new request is taken; streams end. */
  stop(): void;
  /** Aborts everything that is left. */
  cut(): void;
  /** Resolves when no work is left. */
  idle(): Promise<void>;
};

export function trackUnderWay(): UnderWay {
  const controllers = { work: new Set<AbortController>(), stream: new Set<AbortController>() };
  const works = new Set<Promise<unknown>>();
  let stopping = false;
  const reason = () => new Problem("server.stopping", { detail: "the server is stopping" });
  return {
    get stopping() {
      return stopping;
    },
    begin: (kind) => {
      const controller = new AbortController();
      controllers[kind].add(controller);
      return { controller, done: () => void controllers[kind].delete(controller) };
    },
    track: (work) => {
      works.add(work);
      const forget = () => void works.delete(work);
      work.then(forget, forget);
    },
    stop: () => {
      stopping = true;
      for (const controller of controllers.stream) controller.abort(reason());
    },
    cut: () => {
      for (const controller of [...controllers.work, ...controllers.stream]) controller.abort(reason());
    },
    idle: async () => {
      while (works.size > 0) await Promise.allSettled(works);
    },
  };
}
