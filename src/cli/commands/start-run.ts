import { newId, systemClock, systemRandomness } from "#kernel";
import { openClient } from "../client.ts";
import type { RunOf } from "../command.ts";
import { demonstrate } from "../demonstration.ts";
import { findEndpoint } from "../endpoint.ts";
import { running } from "../running.ts";
import type { startTakes } from "./start.ts";

export const run: RunOf<typeof startTakes> = async (context, { flags }) => {
  const wire = await context.wire();
  const { config, output, progress, signal, version } = context;
  return await wire.start(running(context), {
    once: flags.once,
    install: !flags.noInstall,
    demonstrate: (job) => {
      // The server of our own state folder, whatever other server the settings name.
      const endpoint = findEndpoint({ ...config, server: { ...config.server, url: null, token: null } });
      const client = openClient({
        endpoint,
        person: job.person,
        idempotencyKey: newId(systemClock, systemRandomness),
        signal,
        agent: `headgate/${version}`,
        detail: output.detail,
      });
      return demonstrate({ client, output, progress, signal }, job);
    },
  });
};
