import { Problem } from "#kernel";

/**
 * A job runs whatever its file says. Where that is done as root, everybody who may send one owns the machine, the owner's token included;
 * on one's own machine that is one's own affair, but not from the network. Throws `server.exposed`.
 */
export function demandJobUser(facts: { readonly user: string | null; readonly isRoot: boolean; readonly reachable: boolean }): void {
  if (!facts.reachable || !facts.isRoot || facts.user !== null) return;
  throw new Problem("server.exposed", {
    detail: "this server can be reached from the network, and jobs would run as root: whoever may send a job could take over this machine",
    fix: "Name a user without rights for them (executor.user, or HEADGATE_EXECUTOR_USER), or run Headgate as an ordinary user.",
  });
}
