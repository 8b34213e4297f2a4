import { EXIT } from "#kernel";

type Ending = {
  readonly onSignals: (wishToEnd: (signal: NodeJS.Signals) => void) => void;
  readonly exitAtOnce: (code: number) => void;
};

/**
 * A signal that is aborted by the first Ctrl-C (or SIGTERM, SIGHUP); the second ends the process at once. The handlers are set when it
 * is first asked for: a command that never asks is ended by the system, which is quickest and what its exit code should say.
 */
export function interruptible({ onSignals, exitAtOnce }: Ending): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller === undefined) {
      const own = (controller = new AbortController());
      onSignals(() => {
        if (own.signal.aborted) exitAtOnce(EXIT.interrupted);
        own.abort();
      });
    }
    return controller.signal;
  };
}
