import { expect, test } from "vitest";
import { demandJobUser } from "./job-user.ts";

const code = (user: string | null, isRoot: boolean, reachable: boolean) => {
  try {
    demandJobUser({ user, isRoot, reachable });
    return "goes";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("jobs of people on the network never run as root", () => {
  expect(code(null, true, true)).toBe("server.exposed");
});

test("with a user for them, as an ordinary user, or for this machine alone it goes", () => {
  expect([code("nobody", true, true), code(null, false, true), code(null, true, false)]).toEqual(["goes", "goes", "goes"]);
});
