import { describe, expect, test } from "vitest";
import { distributionOf, planInstall, type InstallFacts } from "./install.ts";
import { missingNeeds, needsOf, needWords, packagesFor, packagesOf } from "./needs.ts";
import { SAMPLE, sampleApp } from "./test-sample.ts";
import { compareVersions, tooOld } from "./version.ts";

describe("what an app needs", () => {
  const app = sampleApp().file;

  test("only what every run needs, when no run is named", () => {
    expect(needsOf(app)).toEqual([{ kind: "program", name: "adder", packages: ["adder-tools"] }]);
  });

  test("for one run also what its parameters and its cores need", () => {
    const needs = (shape: string, cores: number) => needsOf(app, { values: { shape, size: 1, count: 1 }, cores }).map((need) => need.name);
    expect(needs("round", 1)).toEqual(["adder"]);
    expect(needs("square", 1)).toEqual(["adder", "/usr/share/adder/square.dat"]);
    expect(needs("round", 2)).toEqual(["adder", "mpirun"]);
  });

  test("the program of the command is needed even when nobody listed it", () => {
    const unlisted = sampleApp(SAMPLE.replace("  programs:\n    - name: adder\n      packages: [adder-tools]\n", "")).file;
    expect(needsOf(unlisted)).toEqual([{ kind: "program", name: "adder", packages: [] }]);
  });

  test("what is missing, and the packages that bring it", () => {
    const needs = needsOf(app, { values: { shape: "square", size: 1, count: 1 }, cores: 2 });
    const missing = missingNeeds(needs, { programs: new Map([["adder", "/usr/bin/adder"]]), files: new Map() });
    expect(missing.map(needWords)).toEqual(["/usr/share/adder/square.dat (Debian package adder-data)", "mpirun (Debian package openmpi-bin)"]);
    expect(packagesFor(missing)).toEqual(["adder-data", "openmpi-bin"]);
    expect(packagesOf(app)).toEqual(["adder-data", "adder-tools", "openmpi-bin"]);
  });

  test("an older version than the app allows is told; an unknown one is not", () => {
    expect([tooOld("1.4.9", "1.5"), tooOld("1.5", "1.5"), tooOld("1.10", "1.5"), tooOld(null, "1.5"), tooOld("1", null)]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

test("versions are compared by their numbers, whatever codes hang on them", () => {
  expect(compareVersions("6.7MaX", "6.10")).toBeLessThan(0);
  expect(compareVersions("2022.5-Debian_2022.5_2", "2022.5")).toBe(0);
  expect(compareVersions("v3.2.7a", "3.2")).toBeGreaterThan(0);
  expect(compareVersions("1.0", "1")).toBe(0);
});

describe("installing what is missing", () => {
  const facts: InstallFacts = { packages: ["quantum-espresso"], allowed: true, root: true, distribution: ["debian"], aptGet: true };

  test("as root on Debian or Ubuntu", () => {
    expect(planInstall(facts)).toEqual({ kind: "install", packages: ["quantum-espresso"], words: "apt-get install --no-install-recommends quantum-espresso" });
    expect(planInstall({ ...facts, distribution: ["linuxmint", "ubuntu"] }).kind).toBe("install");
    expect(planInstall({ ...facts, packages: [] })).toEqual({ kind: "nothing" });
  });

  test("otherwise the reason and what to type instead", () => {
    expect(planInstall({ ...facts, allowed: false })).toMatchObject({ kind: "impossible", reason: "--no-install forbids it" });
    expect(planInstall({ ...facts, root: false })).toEqual({
      kind: "impossible",
      reason: "installing needs root",
      fix: "Type  sudo apt-get install --no-install-recommends quantum-espresso",
    });
    expect(planInstall({ ...facts, distribution: ["fedora"] })).toMatchObject({ kind: "impossible", reason: "this is neither Debian nor Ubuntu" });
    expect(planInstall({ ...facts, aptGet: false }).kind).toBe("impossible");
  });

  test("the distribution is read from os-release", () => {
    expect(distributionOf('PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n')).toEqual(["ubuntu", "debian"]);
    expect(distributionOf('ID_LIKE="ubuntu debian"\nID="linuxmint"\n')).toEqual(["ubuntu", "debian", "linuxmint"]);
    expect(distributionOf("")).toEqual([]);
  });
});
