import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState } from "react";
import { budgetRoutes } from "#budget/contract";
import { forecastRoutes } from "#forecast/contract";
import { jobRoutes } from "#job/contract";
import { changeShape, serverRoutes, type Change } from "#server/contract";

/** How the page learns of changes: told at once, or by asking every few seconds because the stream is down. */
export type LiveState = "live" | "asking";

/** What a change makes stale: of a job the lists, itself and the money it moved; of a budget the money. */
const MONEY: readonly string[] = [
  budgetRoutes.showStatus,
  budgetRoutes.listHolds,
  budgetRoutes.listJournal,
  forecastRoutes.ofAccount,
  jobRoutes.cost,
  jobRoutes.estimate,
].map((route) => route.id);
const JOBS: readonly string[] = [jobRoutes.list, jobRoutes.show, jobRoutes.tasks, jobRoutes.events, jobRoutes.why].map((route) => route.id);
const STALE_AFTER: Readonly<Record<Change["kind"], readonly string[]>> = { job: [...JOBS, ...MONEY], budget: MONEY };

/** An array of 1,000 tasks makes 1,000 events: they are gathered this long and answered by one round of questions. */
const GATHER_MS = 400;

export const LiveContext = createContext<LiveState>("asking");

/** A notification can be lost on its way; a page that is told everything asks this often all the same. */
const ASK_WHILE_LIVE_MS = 30_000;

/** Milliseconds between questions: seldom while the stream is up, `pollMs` while it is down. */
export function useAskEvery(pollMs: number): number {
  return use(LiveContext) === "live" ? ASK_WHILE_LIVE_MS : pollMs;
}

/** Opens the stream of job events for as long as the page is shown, and keeps the caches fresh by it. */
export function useLiveUpdates(): LiveState {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>("asking");
  useEffect(() => {
    const source = new EventSource(serverRoutes.events.path);
    const gather = makeGatherer(queries);
    source.addEventListener("open", () => {
      setState("live");
      gather.note("job"); // What happened while the stream was down is caught up with.
    });
    source.addEventListener("error", () => setState("asking"));
    const onChange = (message: MessageEvent<string>) => {
      const change = changeShape.safeParse(parseJson(message.data));
      if (change.success) gather.note(change.data.kind);
    };
    // An event has the name of its kind.
    for (const kind of changeShape.shape.kind.options) source.addEventListener(kind, onChange);
    return () => {
      source.close();
      gather.stop();
    };
  }, [queries]);
  return state;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function makeGatherer(queries: QueryClient): { note(kind: Change["kind"]): void; stop(): void } {
  const stale = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const ids = new Set(stale);
    stale.clear();
    void queries.invalidateQueries({ predicate: (query) => ids.has(String(query.queryKey[0])) });
  };
  return {
    note: (kind) => {
      for (const id of STALE_AFTER[kind]) stale.add(id);
      timer ??= setTimeout(flush, GATHER_MS);
    },
    stop: () => clearTimeout(timer),
  };
}
