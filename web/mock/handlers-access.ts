import type { accessRoutes, SessionOnWire } from "#access/contract";
import { addMs, instantToIso, milliseconds, Problem, type Handlers } from "#kernel";
import { accountsOf, CODES_OF, SENTINELS, type World } from "./world.ts";

const SESSION_MS = milliseconds(12 * 3_600_000);
export const COOKIE = "headgate_session";

type AccessHandlers = Handlers<Pick<typeof accessRoutes, "signIn" | "session" | "signOut">>;

export function accessHandlers(world: World): AccessHandlers {
  const sessionOf = (name: string): SessionOnWire => {
    const person = world.people.find((each) => each.name === name);
    if (person === undefined) throw new Problem("access.unauthenticated", { detail: "Nobody is signed in." });
    const memberships = accountsOf(world, name).map((account) => ({ account, role: "member" as const }));
    return { person, memberships, signed_in_with: "session", acting_for: false, ends_at: instantToIso(addMs(world.now(), SESSION_MS)) };
  };
  return {
    signIn: async ({ body, setHeader }) => {
      const code = body.code
        .trim()
        .toUpperCase()
        .replace(/^(\w{4})[\s-]?(\w{4})$/, "$1-$2");
      if (code === SENTINELS.attemptsCode) throw new Problem("access.attempts", { detail: "Five codes in a row were wrong." });
      const name = CODES_OF[code];
      if (name === undefined) throw new Problem("access.code-wrong", { detail: "This code is not known, was used, or is older than ten minutes." });
      const secret = `mock-${world.sessions.size + 1}`;
      world.sessions.set(secret, name);
      setHeader("set-cookie", `${COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict`);
      return sessionOf(name);
    },
    session: async ({ person }) => sessionOf(person.name),
    signOut: async ({ setHeader }) => {
      setHeader("set-cookie", `${COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`);
      return { ended: true };
    },
  };
}
