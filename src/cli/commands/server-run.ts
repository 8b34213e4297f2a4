import type { PlainRun, RunOf } from "../command.ts";
import { running } from "../running.ts";
import type { serverTakes } from "./start.ts";

export const runServer: RunOf<typeof serverTakes> = async (context, { flags }) => {
  const wire = await context.wire();
  await wire.serve(running(context), { worker: !flags.noWorker });
};

export const runWorker: PlainRun = async (context) => {
  const wire = await context.wire();
  await wire.work(running(context));
};
