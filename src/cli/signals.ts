import { EXIT } from "#kernel";

type Ending = {
  readonly onSignals: (wishToEnd: (signal: NodeJS.Signals) => void) => void;
  readonly exitAtOnce: (code: number) => void;
  /** Milliseconds that only grow. */
  readonly now: () => number;
};

/** One Ctrl-C may come twice: the terminal sends it to everybody in its group, and npm passes on what it got. No hand is that quick. */
const SAME_WISH_MS = 500;

/**
 * A signal that is aborted by the first Ctrl-C (or SIGTERM, SIGHUP); the second ends the process at once. The handlers are set when it
 * is first asked for: a command that never asks is ended by the system, which is quickest and what its exit code should say.
 */
export function interruptible({ onSignals, exitAtOnce, now }: Ending): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller === undefined) {
      const own = (controller = new AbortController());
      let first = 0;
      onSignals(() => {
        if (!own.signal.aborted) first = now();
        else if (now() - first > SAME_WISH_MS) exitAtOnce(EXIT.interrupted);
        own.abort();
      });
    }
    return controller.signal;
  };
}
