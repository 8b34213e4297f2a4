import type { RunOf } from "../command.ts";
import { running } from "../running.ts";
import type { startTakes } from "./start.ts";

export const run: RunOf<typeof startTakes> = async (context, { flags }) => {
  const wire = await context.wire();
  return await wire.start(running(context), { once: flags.once, install: !flags.noInstall });
};
