import { jobRoutes } from "#job/contract";
import { newId, systemClock, systemRandomness } from "#kernel";
import { openClient, type Client } from "../client.ts";
import type { RunOf } from "../command.ts";
import { demonstrate } from "../demonstration.ts";
import { findEndpoint } from "../endpoint.ts";
import { running } from "../running.ts";
import type { startTakes } from "./start.ts";

export const run: RunOf<typeof startTakes> = async (context, { flags }) => {
  const wire = await context.wire();
  const { config, output, progress, signal, version } = context;
  const clientOf = (person: string | null, until: AbortSignal) =>
    openClient({
      // The server of our own state folder, whatever other server the settings name.
      endpoint: findEndpoint({ ...config, server: { ...config.server, url: null, token: null } }),
      person,
      idempotencyKey: newId(systemClock, systemRandomness),
      signal: until,
      agent: `headgate/${version}`,
      detail: output.detail,
    });
  const { code, left } = await wire.start(running(context), {
    once: flags.once,
    install: !flags.noInstall,
    demonstrate: (job) => demonstrate({ client: clientOf(job.person, signal), output, progress, signal, patient: flags.once }, job),
    // Asked when it is about to stop, which our own signal has told already.
    runningJobs: async () => runningJobs(clientOf(null, AbortSignal.timeout(LAST_LOOK_MS_MAX))),
  });
  // What was left waits for a folder or a database that is gone, and would keep the process with it.
  if (left.length > 0) context.exitAtOnce(code);
  return code;
};

/** Stopping does not wait longer than this to say what goes on. */
const LAST_LOOK_MS_MAX = 2_000;

async function runningJobs(client: Client): Promise<string[]> {
  const { items } = await client.call(jobRoutes.list, { query: { state: "starting,running", limit: 100 } });
  return items.map((job) => job.number);
}
