import { QueryCache, QueryClient } from "@tanstack/react-query";
import { accessRoutes } from "#access/contract";
import { answeredStatus, asProblem } from "./problem.ts";

/** Without live events a page asks again this often. */
export const POLL_MS = 4000;

/** An answer of the server is final, whatever it says; silence is worth two more tries. */
function shouldRetry(failures: number, error: unknown): boolean {
  return answeredStatus(asProblem(error)) === undefined && failures < 2;
}

/** When any question is answered with "not signed in", the session is looked at again, and the frame leads to the sign-in. */
export function makeQueryClient(): QueryClient {
  const queryCache = new QueryCache({
    onError: (error, query) => {
      if (asProblem(error).code !== "access.unauthenticated" || query.queryKey[0] === accessRoutes.session.id) return;
      void client.invalidateQueries({ queryKey: [accessRoutes.session.id] });
    },
  });
  const client = new QueryClient({
    queryCache,
    defaultOptions: {
      queries: { staleTime: 2000, gcTime: 5 * 60_000, retry: shouldRetry, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
  return client;
}
