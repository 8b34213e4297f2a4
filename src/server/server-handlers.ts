import { Problem, type Handlers } from "#kernel";
import type { serverRoutes } from "./contract.ts";
import type { EventHub } from "./event-hub.ts";
import type { Metrics } from "./metrics.ts";

/** One thing that has to be well before the server can do its work: gives a word for people, throws a Problem when it is not. */
export type ReadyCheck = { readonly name: string; check(): Promise<string> };

export type ServerHandlerPorts = {
  readonly version: string;
  readonly ready: readonly ReadyCheck[];
  readonly metrics: Metrics;
  readonly hub: EventHub;
  readonly openApi: () => Readonly<Record<string, unknown>>;
};

/** A check that hangs counts as failed: whoever asks (a load balancer, systemd) wants to know now. */
const CHECK_MS_MAX = 2000;

export function serverHandlers(ports: ServerHandlerPorts): Handlers<typeof serverRoutes> {
  return {
    health: async () => ({ status: "ok", version: ports.version }),
    version: async () => ({ version: ports.version }),
    ready: async () => ({ status: "ready", checks: await runChecks(ports.ready) }),
    metrics: async ({ setHeader }) => {
      const text = await ports.metrics.text();
      setHeader("content-type", ports.metrics.contentType);
      return once(text);
    },
    openapi: async () => ports.openApi(),
    events: async ({ person, signal, lastEventId }) => ports.hub.subscribe(person, lastEventId, signal),
  };
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** Throws `server.not-ready` with what each check said, when one of them is not well. */
async function runChecks(checks: readonly ReadyCheck[]): Promise<Record<string, string>> {
  const results = await Promise.all(checks.map(async (check) => ({ name: check.name, ...(await runCheck(check)) })));
  const words = Object.fromEntries(results.map(({ name, word }) => [name, word]));
  const bad = results.filter(({ well }) => !well);
  if (bad.length === 0) return words;
  throw new Problem("server.not-ready", { detail: bad.map(({ name, word }) => `${name}: ${word}`).join("; "), facts: { checks: words } });
}

async function runCheck(check: ReadyCheck): Promise<{ well: boolean; word: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ well: boolean; word: string }>((resolve) => {
    timer = setTimeout(() => resolve({ well: false, word: `no answer within ${CHECK_MS_MAX / 1000} s` }), CHECK_MS_MAX);
  });
  const asked = check.check().then(
    (word) => ({ well: true, word }),
    (error: unknown) => ({ well: false, word: error instanceof Problem ? error.title : "failed" }),
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
