import type { Context } from "./context.ts";
import type { Running } from "./ports.ts";

/** What the real parts are given of a command's context. */
export function running({ config, output, progress, signal }: Context): Running {
  return { config, output, progress, signal };
}
