import { useMutation, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { createContext, use } from "react";
import { accessRoutes, type SessionOnWire } from "#access/contract";
import { invariant } from "#kernel";
import { call } from "./client.ts";
import { asProblem } from "./problem.ts";
import { routeQuery } from "./route-query.ts";

/**
 * Whether this browser has signed in before. The session's cookie cannot be read by the page, and asking the server without one is
 * a failed request in the console of everybody who opens the dashboard for the first time.
 */
const STORAGE_KEY = "headgate-signed-in";

export function hasSignedIn(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) === "yes";
  } catch {
    return true; // Where nothing can be remembered the server is asked.
  }
}

export function rememberSignIn(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(STORAGE_KEY, "yes");
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Then the server is asked each time, which is only louder.
  }
}

export const sessionQuery = routeQuery(accessRoutes.session, {});

export function isSignedOut(error: unknown): boolean {
  return asProblem(error).code === "access.unauthenticated";
}

export function useSessionQuery(): UseQueryResult<SessionOnWire> {
  return useQuery({ ...sessionQuery, enabled: hasSignedIn(), staleTime: 60_000 });
}

export const SessionContext = createContext<SessionOnWire | null>(null);

/** Who is signed in; only below the frame, which shows nothing to anybody else. */
export function useSession(): SessionOnWire {
  const session = use(SessionContext);
  invariant(session !== null, "the frame gives the session to the pages inside it");
  return session;
}

export function useSignIn(onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (code: string) => call(accessRoutes.signIn, { body: { code } }),
    onSuccess: (session) => {
      rememberSignIn(true);
      queries.setQueryData(sessionQuery.queryKey, session);
      onDone();
    },
  });
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => call(accessRoutes.signOut, { query: {} }),
    onSettled: () => {
      rememberSignIn(false);
      queries.clear();
      // A full load, so that nothing of the last person's pages is left in memory.
      window.location.assign("/sign-in");
    },
  });
}
