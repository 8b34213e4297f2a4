import type { Running } from "#cli";
import { bringUp } from "./serve.ts";
import { untilAborted } from "./until-aborted.ts";

/** `headgate server`: serves until the signal; its log goes to stderr, one JSON object a line. */
export async function serve({ config, signal }: Running, options: { readonly worker: boolean }): Promise<void> {
  const serving = await bringUp(config, { worker: options.worker, log: "stderr", onProgress: () => undefined });
  try {
    await untilAborted(signal);
  } finally {
    await serving.stop();
  }
}
