import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dashboardStamp, ensureDashboard } from "./dashboard.mjs";
import { ROOT } from "./dependencies.mjs";
import { step } from "./steps.mjs";

/** A clone with a dashboard of one file and a vite that copies it, or fails when told to. */
function clone(): { root: string; output: string; build: () => Promise<boolean> } {
  const root = mkdtempSync(join(tmpdir(), "headgate-clone-"));
  for (const folder of ["web", "src/kernel", "src/job", "node_modules/vite/bin", ".headgate"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "web", "index.html"), "<p>one</p>");
  writeFileSync(join(root, "src", "job", "contract.ts"), "export {};");
  writeFileSync(
    join(root, "node_modules", "vite", "bin", "vite.js"),
    `const { cpSync, existsSync } = require("node:fs");
     if (existsSync(${JSON.stringify(join(root, "broken"))})) { console.error("cannot resolve ./money.tsx"); process.exit(1); }
     cpSync(process.argv[3], process.argv[process.argv.indexOf("--outDir") + 1], { recursive: true });`,
  );
  const output = join(root, "dist", "web");
  return { root, output, build: () => ensureDashboard({ root, output }) };
}

describe("the dashboard", () => {
  test("is built when its sources have changed, and only then", async () => {
    const { root, output, build } = clone();
    expect(await build()).toBe(true);
    expect(readFileSync(join(output, "index.html"), "utf8")).toBe("<p>one</p>");
    expect(await build()).toBe(false);
    writeFileSync(join(root, "web", "index.html"), "<p>two</p>");
    expect(await build()).toBe(true);
    expect(readFileSync(join(output, "index.html"), "utf8")).toBe("<p>two</p>");
    rmSync(output, { recursive: true });
    expect(await build()).toBe(true);
  });

  test("its sources are its own files, the contracts and the versions of the libraries", () => {
    const { root } = clone();
    const first = dashboardStamp(root);
    writeFileSync(join(root, "src", "job", "store.ts"), "export {};");
    expect(dashboardStamp(root)).toBe(first);
    writeFileSync(join(root, "src", "job", "contract.ts"), "export const changed = 1;");
    const second = dashboardStamp(root);
    expect(second).not.toBe(first);
    writeFileSync(join(root, "package-lock.json"), '{ "lockfileVersion": 3 }');
    expect(dashboardStamp(root)).not.toBe(second);
  });

  test("a build that fails leaves the old one, says why, and is done anew", async () => {
    const { root, output, build } = clone();
    await build();
    writeFileSync(join(root, "web", "index.html"), "<p>two</p>");
    writeFileSync(join(root, "broken"), "");
    await expect(build()).rejects.toThrow(/cannot resolve \.\/money\.tsx[^]*dashboard\.log/);
    expect(readFileSync(join(output, "index.html"), "utf8")).toBe("<p>one</p>");
    rmSync(join(root, "broken"));
    expect(await build()).toBe(true);
    expect(existsSync(`${output}.${process.pid}`)).toBe(false);
  });
});

describe("the lines of npm start", () => {
  function stream(isTTY: boolean) {
    let text = "";
    return { isTTY, write: (part: string) => void (text += part), text: () => text };
  }

  test("nothing is said of what was there already", async () => {
    const out = stream(false);
    await step("dependencies", () => Promise.resolve(null), out);
    expect(out.text()).toBe("");
  });

  test("plain lines in a log, one live line on a terminal that ends with its time", async () => {
    const plain = stream(false);
    const work = (say: (words: string) => void) => {
      say("installing");
      return Promise.resolve("installed");
    };
    await step("dependencies", work, plain);
    expect(plain.text()).toMatch(/^ {2}dependencies {8}installing\n {2}dependencies {8}installed +\d\.\d s\n$/);
    const live = stream(true);
    await step("dependencies", work, live);
    expect(live.text().split("\r").at(-1)).toMatch(/installed +\d\.\d s\n$/);
  });
});

describe("npm start and Ctrl-C", () => {
  test("npm waits for the program itself: a shell in between would die of Ctrl-C before everything has stopped", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    expect(scripts["start"]).toMatch(/^exec node /);
  });
});

describe("npm start on a machine that will not do", () => {
  const start = (change: string) =>
    spawnSync(process.execPath, ["-e", `${change}; process.argv.splice(1, 0, "x"); import(${JSON.stringify(join(ROOT, "tools", "start.mjs"))});`], {
      encoding: "utf8",
      timeout: 30_000,
    });

  test.each([
    ["an old Node", 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.0" } })', "this is Node 18.20.0"],
    ["another system", 'Object.defineProperty(process, "platform", { value: "darwin" })', "this is darwin on"],
  ])("%s: what, why and what to do, exit 1", (_what, change, words) => {
    const { status, stderr } = start(change);
    expect(status).toBe(1);
    expect(stderr).toContain(`error  ${words}`);
    expect(stderr.split("\n").map((line) => line.trim().split(" ")[0])).toEqual(["error", "why", "fix", ""]);
  });
});
