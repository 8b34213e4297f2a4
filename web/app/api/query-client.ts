import { QueryClient } from "@tanstack/react-query";
import { answeredStatus, asProblem } from "./problem.ts";

/** Without live events a page asks again this often; with them only as a net below the net. */
export const POLL_MS = 4000;

/** An answer of the server is final, whatever it says; silence is worth two more tries. */
function shouldRetry(failures: number, error: unknown): boolean {
  return answeredStatus(asProblem(error)) === undefined && failures < 2;
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 2000, gcTime: 5 * 60_000, retry: shouldRetry, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}
