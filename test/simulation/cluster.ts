import { openBudget, openLedger } from "#budget";
import { instant, Problem, seededRandomness } from "#kernel";
import { EDGES, type Faults } from "./faults.ts";
import type { Dice } from "./random-asks.ts";
import type { Life, SimulatedPostgres } from "./simulated-postgres.ts";
import type { VirtualTime } from "./virtual-time.ts";

type Budget = ReturnType<typeof openBudget>;
export type Reply = { readonly kind: "done"; readonly value: unknown } | { readonly kind: "refused"; readonly code: string };
export type Request = (budget: Budget) => Promise<unknown>;
export type Cluster = {
  /** Sends a request to a server; the reply may come, come twice, or never. */
  send(request: Request, onReply: (reply: Reply | "again") => void): void;
  /** All servers run and their clocks are right. */
  heal(): void;
};

const SERVERS = 3;
const DAY_MS = 86_400_000;

/** What says that nothing is known, or that another moment is better: the client asks again with its key. */
const AGAIN = new Set(["budget.outcome-unknown", "db.outcome-unknown", "db.unreachable", "db.contention", "db.busy", "overloaded", "interrupted"]);

/** Several servers, each the production budget service on its own connection, clock and memory, which it loses when it is killed. */
export function openCluster(time: VirtualTime, dice: Dice, faults: Faults, postgres: SimulatedPostgres): Cluster {
  const servers = Array.from({ length: SERVERS }, (_, index) => openServer(index));

  function openServer(index: number) {
    let [life, offsetMs, deafUntil, muteUntil, stillUntil] = [0, 0, 0, 0, 0];
    let budget: Budget | null = start();

    function start(): Budget {
      const mine = (life += 1);
      const isAlive = () => life === mine;
      const db = postgres.connect({ isAlive, kill });
      const clock = { now: () => instant(EDGES[faults.edge] + Math.floor(time.now()) + offsetMs) };
      const later = (ms: number, work: () => void) => time.after(Math.max(ms, stillUntil - time.now()), () => isAlive() && work());
      const randomness = seededRandomness(1 + dice.below(1_000_000_000));
      const ledger = openLedger(db, clock, {
        randomness,
        gather: (work) => (faults.strikes("server: killed while it gathers a batch") ? kill() : later(0, work)),
        pause: (ms) => new Promise((resolve) => (faults.strikes("server: killed while it waits to try again") ? kill() : later(ms, resolve))),
      });
      const people = {
        viewer: () => Promise.resolve({ name: "owner", admin: true, memberships: [] }),
        membersOf: () => Promise.resolve(new Map()),
        ensureMember: () => Promise.resolve(),
      };
      const expire = () => {
        void ledger.expireHolds().catch(() => undefined);
        later(60_000, expire);
      };
      later(dice.below(60_000), expire);
      const opened = openBudget({ db, clock, source: `server ${index}`, ledger, people, randomness });
      const turn = () => {
        void opened.turnAwards().catch(() => undefined);
        later(120_000, turn);
      };
      later(dice.below(120_000), turn);
      return opened;
    }

    function kill(): void {
      life += 1;
      budget = null;
      time.after(200 + dice.below(4_000), () => (budget ??= start()));
    }

    function trouble(): void {
      if (faults.strikes("clock: jumps ahead")) offsetMs += 1_000 + dice.below(DAY_MS);
      if (faults.strikes("clock: jumps back")) offsetMs -= 1_000 + dice.below(DAY_MS);
      if (faults.strikes("network: a server cannot be reached")) deafUntil = time.now() + dice.below(30_000);
      if (faults.strikes("network: a server hears but is not heard")) muteUntil = time.now() + dice.below(30_000);
      if (faults.strikes("server: stands still for a while")) stillUntil = time.now() + dice.below(20_000);
    }

    function receive(request: Request, reply: (answer: Reply | "again") => void): void {
      trouble();
      if (budget === null || time.now() < deafUntil) return;
      const mine: Life["isAlive"] = (
        (now) => () =>
          life === now
      )(life);
      const answer = (said: Reply | "again") => {
        if (!mine()) return;
        if (faults.strikes("server: killed before it replies")) return kill();
        if (time.now() >= muteUntil) reply(said);
      };
      void request(budget).then(
        (value) => answer({ kind: "done", value }),
        (error: unknown) => answer(sayProblem(error)),
      );
    }

    function heal(): void {
      [offsetMs, deafUntil, muteUntil, stillUntil] = [0, 0, 0, 0];
      budget ??= start();
    }

    return { receive, heal };
  }

  function carry(deliver: () => void): void {
    if (faults.strikes("network: a message is lost")) return;
    const copies = faults.strikes("network: a message comes twice") ? 2 + dice.below(4) : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const late = faults.strikes("network: a message comes late") ? dice.below(90_000) : 0;
      const over = faults.strikes("network: messages overtake each other") ? dice.below(400) : 0;
      time.after(1 + late + over + copy * dice.below(2_000), deliver);
    }
  }

  return {
    send: (request, onReply) => {
      const server = servers[dice.below(SERVERS)]!;
      carry(() => server.receive(request, (reply) => carry(() => onReply(reply))));
    },
    heal: () => servers.forEach(({ heal }) => heal()),
  };
}

function sayProblem(error: unknown): Reply | "again" {
  if (!(error instanceof Problem)) return { kind: "refused", code: error instanceof Error ? `not a problem: ${error.message}` : "not a problem" };
  return AGAIN.has(error.code) ? "again" : { kind: "refused", code: error.code };
}
