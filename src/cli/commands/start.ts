import { command, takes, text, toggle, type Command } from "../command.ts";

const LISTEN = text("ADDRESS", "listen there, as host:port or a port alone, instead of where the settings say");

export const startTakes = takes({
  flags: {
    listen: LISTEN,
    once: toggle("stop everything again when the simulation has ended"),
    noInstall: toggle("do not install the science code where it is missing (as root on Debian or Ubuntu)"),
  },
});

export const start = command({
  path: "start",
  brief: "open a laboratory, run one real simulation in it, and stay up",
  details: [
    "Starts what is not running yet (PostgreSQL, the server, the worker), opens the laboratory of examples/lab.yaml with its people and budgets, and sends one simulation down the whole road: estimate, reservation, run, settlement. Then it stays up and shows the address of the dashboard; Ctrl-C stops everything it started.",
  ],
  takes: startTakes,
  settings: { listen: "server.listen" },
  examples: [
    { line: "headgate start", says: "stays up until Ctrl-C" },
    { line: "headgate start --once --no-install", says: "runs once with what is there, and leaves nothing running" },
  ],
  load: async () => (await import("./start-run.ts")).run,
});

export const serverTakes = takes({ flags: { listen: LISTEN, noWorker: toggle("leave the background work to headgate worker") } });

export const server = command({
  path: "server",
  brief: "serve the HTTP API and the dashboard, with the worker inside",
  details: [
    "Where it listens, TLS and the database come from the settings: headgate config show. It stops in order on Ctrl-C or SIGTERM; jobs that run go on, and the next server finds them again.",
  ],
  takes: serverTakes,
  settings: { listen: "server.listen" },
  examples: [
    { line: "headgate server", says: "on http://127.0.0.1:8787, for this machine only" },
    { line: "DATABASE_URL=postgresql://lab@db/headgate headgate server", says: "on a PostgreSQL of your own" },
  ],
  load: async () => (await import("./server-run.ts")).runServer,
});

export const worker = command({
  path: "worker",
  brief: "do the background work alone: start jobs, follow them, settle them",
  details: [
    "The server does this too unless it was started with --no-worker. Job processes are children of nobody: a worker that ends leaves them running, and the next one finds them.",
  ],
  examples: [{ line: "headgate worker", says: "works on the database of the settings until Ctrl-C" }],
  load: async () => (await import("./server-run.ts")).runWorker,
});

export const startCommands: readonly Command[] = [start, server, worker];
