import { describe, expect, test } from "vitest";
import { Problem } from "#kernel";
import { can, demand, POLICY, RELATIONS, relationsOf, type Action, type Relation, type Subject, type Viewer } from "./policy.ts";

const path = ["climate", "earth-sciences"];

/** One viewer for each relation, standing in that one alone, to the subject that the action is about. */
function viewerIn(relation: Relation): Viewer {
  switch (relation) {
    case "admin":
      return { name: "root", admin: true, memberships: [] };
    case "self":
      return { name: "sarah", admin: false, memberships: [] };
    case "colleague":
    case "member":
      return { name: "maria", admin: false, memberships: [{ account: "climate", role: "member" }] };
    case "manager":
    case "pi":
    case "delegate":
      return { name: "james", admin: false, memberships: [{ account: "earth-sciences", role: relation }] };
  }
}

const SUBJECTS: Readonly<Record<Subject["kind"], Subject>> = {
  installation: { kind: "installation" },
  person: { kind: "person", name: "sarah", accounts: ["climate"] },
  account: { kind: "account", path },
  job: { kind: "job", owner: "sarah", path },
};

const stranger: Viewer = { name: "eve", admin: false, memberships: [{ account: "materials", role: "manager" }] };

/** Written out a second time on purpose: a change of the policy has to be made in two places, by somebody who means it. */
const ALLOWED: Readonly<Record<Action, readonly Relation[]>> = {
  "installation.manage": ["admin"],
  "person.see": ["admin", "self", "colleague"],
  "person.change": ["admin"],
  "person.act-as": ["admin"],
  "person.credentials": ["admin", "self"],
  "account.see": ["admin", "member", "manager", "pi", "delegate"],
  "account.use": ["admin", "member", "manager", "pi", "delegate"],
  "account.members": ["admin", "manager", "pi", "delegate"],
  "account.delegates": ["admin", "pi"],
  "account.manage": ["admin", "pi", "delegate"],
  "account.fund": ["admin"],
  "job.see": ["admin", "self", "member", "manager", "pi", "delegate"],
  "job.read": ["admin", "self", "manager", "pi", "delegate"],
  "job.control": ["admin", "self", "manager", "pi", "delegate"],
};

const actions = Object.keys(POLICY) as Action[];

describe("the policy", () => {
  test.each(actions)("%s is for those it names and nobody else", (action) => {
    const subject = SUBJECTS[POLICY[action].on] as never;
    expect(can(stranger, action, subject)).toBe(false);
    for (const relation of RELATIONS) {
      const viewer = viewerIn(relation);
      const stands = relationsOf(viewer, subject);
      const expected = ALLOWED[action].some((allowed) => stands.has(allowed));
      expect([relation, can(viewer, action, subject)]).toEqual([relation, expected]);
    }
  });

  test("every relation can be stood in", () => {
    const all = new Set(Object.values(SUBJECTS).flatMap((subject) => RELATIONS.flatMap((relation) => [...relationsOf(viewerIn(relation), subject)])));
    expect(all).toEqual(new Set(RELATIONS));
  });

  test("a member of a department has no part in its projects, its manager has", () => {
    const member: Viewer = { name: "maria", admin: false, memberships: [{ account: "earth-sciences", role: "member" }] };
    expect(can(member, "account.see", { kind: "account", path })).toBe(false);
    expect(can(viewerIn("manager"), "account.members", { kind: "account", path })).toBe(true);
  });

  test.each(["manager", "pi", "delegate"] as const)("a %s of a project has no part in the department above it", (role) => {
    const viewer: Viewer = { name: "james", admin: false, memberships: [{ account: "climate", role }] };
    for (const action of actions.filter((one) => POLICY[one].on === "account"))
      expect([action, can(viewer, action as "account.see", { kind: "account", path: ["earth-sciences"] })]).toEqual([action, false]);
  });

  test("who may not see a thing is told that it does not exist, who may see it that she may not", () => {
    const missing = new Problem("job.not-found", { detail: "there is no job 7" });
    const codeOf = (viewer: Viewer) => {
      try {
        demand(viewer, "job.control", { kind: "job", owner: "sarah", path }, () => missing);
        return "allowed";
      } catch (error) {
        return error instanceof Problem ? error.code : "another error";
      }
    };
    expect([codeOf(stranger), codeOf(viewerIn("member")), codeOf(viewerIn("self")), codeOf(viewerIn("manager"))]).toEqual([
      "job.not-found",
      "access.forbidden",
      "allowed",
      "allowed",
    ]);
  });
});
