import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem, type ProblemCode } from "#kernel";
import { appFolders, generateIndex, listCatalogue, openCatalogue, requireApp } from "./catalogue.ts";
import { packagesOf } from "./needs.ts";
import { SAMPLE, SAMPLE_FILES } from "./test-sample.ts";
import { writeScaffold } from "./scaffold.ts";
import { appService, validateApp } from "./service.ts";

const CATALOGUE = join(import.meta.dirname, "..", "..", "apps");
let base: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "headgate-apps-"));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A folder of apps that holds the sample, with its text changed. */
function folderWith(name: string, text: string): string {
  const folder = join(base, name);
  mkdirSync(join(folder, "sample"), { recursive: true });
  writeFileSync(join(folder, "sample", "app.yaml"), text);
  for (const [file, content] of Object.entries(SAMPLE_FILES)) writeFileSync(join(folder, "sample", file), content);
  return folder;
}

function codeOf(work: () => unknown): ProblemCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Problem ? error.code : undefined;
  }
}

describe("the catalogue that ships", () => {
  test("its index is current: npm run generate writes it", async () => {
    expect(readFileSync(join(CATALOGUE, "index.json"), "utf8")).toBe(await generateIndex(CATALOGUE));
  });

  test("every app is without fault and without warning", async () => {
    const catalogue = await openCatalogue([{ origin: "catalogue", path: CATALOGUE }]);
    for (const name of catalogue.names()) expect((await validateApp(join(CATALOGUE, name))).faults, name).toEqual([]);
  });

  test("has the codes that were promised, each with a case, and one that needs no package of its own", async () => {
    const apps = await listCatalogue([{ origin: "catalogue", path: CATALOGUE }]);
    expect(apps.map((app) => app.name)).toEqual(expect.arrayContaining(["quantum-espresso", "lammps", "nwchem", "gromacs", "cp2k", "heat-2d"]));
    expect(apps.filter((app) => app.cases.length === 0)).toEqual([]);
    expect(apps.find((app) => app.name === "heat-2d")!.needs.map((need) => need.name)).toEqual(["awk"]);
    expect(apps.find((app) => app.name === "quantum-espresso")!.packages).toEqual(["openmpi-bin", "quantum-espresso", "quantum-espresso-data"]);
  });

  test("every app that is not ours names its packages and says where its run time comes from", async () => {
    const catalogue = await openCatalogue([{ origin: "catalogue", path: CATALOGUE }]);
    for (const app of catalogue.names().map((name) => requireApp(catalogue, name))) {
      expect(packagesOf(app.file), app.file.name).not.toEqual([]);
      expect(app.file.run_time?.measured, app.file.name).toMatch(/^20\d\d-\d\d-\d\d, /);
    }
  });
});

describe("folders of apps", () => {
  test("one's own app wins over the catalogue's, and a folder on the line over both", async () => {
    const user = folderWith("user", SAMPLE.replace("display_name: Sample", "display_name: Mine"));
    const path = folderWith("path", SAMPLE.replace("display_name: Sample", "display_name: On the line"));
    const find = async (paths: string[]) => requireApp(await openCatalogue(appFolders({ catalogue: CATALOGUE, user, paths })), "sample");
    expect(await find([])).toMatchObject({ origin: "user", file: { display_name: "Mine" } });
    expect(await find([path])).toMatchObject({ origin: "path", file: { display_name: "On the line" } });
    const listed = await listCatalogue(appFolders({ catalogue: CATALOGUE, user, paths: [path] }));
    expect(listed.filter((app) => app.name === "sample")).toMatchObject([{ origin: "path", display_name: "On the line", fault: null }]);
  });

  test("one's own app is read anew each time, because it is being worked on", async () => {
    const user = folderWith("edited", SAMPLE);
    const catalogue = await openCatalogue([{ origin: "user", path: user }]);
    expect(requireApp(catalogue, "sample").file.display_name).toBe("Sample");
    folderWith("edited", SAMPLE.replace("display_name: Sample", "display_name: Changed"));
    expect(requireApp(catalogue, "sample").file.display_name).toBe("Changed");
  });

  test("a wrong app is shown in lists with what to type, and answers with every fault when it is used", async () => {
    const user = folderWith("wrong", SAMPLE.replace("type: integer", "type: interger").replace("memory: 1G", "memory: lots"));
    const folders = appFolders({ catalogue: CATALOGUE, user, paths: [] });
    const listed = (await listCatalogue(folders)).find((app) => app.name === "sample");
    expect(listed?.fault).toBe(`2 errors: headgate app validate ${join(user, "sample")}`);
    const catalogue = await openCatalogue(folders);
    expect(codeOf(() => catalogue.find("sample"))).toBe("input.invalid");
    const { list } = appService({ folders, catalogue, path: "/usr/bin" });
    expect((await list()).find((app) => app.name === "sample")).toMatchObject({ ready: false, fault: listed?.fault });
  });

  test("a folder that is not there holds no apps, and a name cannot lead out of the folders", async () => {
    const catalogue = await openCatalogue(appFolders({ catalogue: CATALOGUE, user: join(base, "absent"), paths: [] }));
    expect(catalogue.names()).toContain("heat-2d");
    for (const name of ["../apps/heat-2d", "heat-2d/../heat-2d", "", ".", "HEAT-2D", "index.json"]) expect(catalogue.find(name), name).toBeUndefined();
  });

  test("a wrong name is answered with the nearest", async () => {
    const catalogue = await openCatalogue([{ origin: "catalogue", path: CATALOGUE }]);
    expect(() => requireApp(catalogue, "quantum-expresso")).toThrow(
      expect.objectContaining({ code: "app.not-found", fix: "Did you mean quantum-espresso? headgate app list shows all." }),
    );
  });

  test("files of an app that are too large, no text, or no files are named", async () => {
    const folder = folderWith("odd", SAMPLE);
    const faults = async () => (await validateApp(join(folder, "sample"))).faults.map((fault) => `${fault.code} ${fault.message}`);
    writeFileSync(join(folder, "sample", "extra.sh"), "x".repeat(256 * 1024 + 1));
    expect(await faults()).toEqual(['app.file-unsuitable "extra.sh" has more than 262144 bytes']);
    writeFileSync(join(folder, "sample", "extra.sh"), Buffer.from([0x68, 0xff, 0xfe]));
    expect(await faults()).toEqual(['app.file-unsuitable "extra.sh" is not UTF-8 text']);
    rmSync(join(folder, "sample", "extra.sh"));
    symlinkSync("/dev/zero", join(folder, "sample", "extra.sh"));
    expect(await faults()).toEqual(['app.file-unsuitable "extra.sh" is not a file']);
  });
});

describe("validating and beginning an app", () => {
  test("a new app validates without a warning", async () => {
    const folder = await writeScaffold(join(base, "new"), "my-model");
    expect(await validateApp(folder)).toMatchObject({ valid: true, faults: [], app: { name: "my-model" } });
    expect(await validateApp(join(folder, "app.yaml"))).toMatchObject({ valid: true });
  });

  test("nothing that is there is overwritten, and a bad name is refused", async () => {
    await writeScaffold(join(base, "again"), "my-model");
    await expect(writeScaffold(join(base, "again"), "my-model")).rejects.toMatchObject({ code: "app.exists" });
    await expect(writeScaffold(join(base, "again"), "My Model")).rejects.toMatchObject({ code: "value.name" });
  });

  test("a folder without an app.yaml is told so", async () => {
    await expect(validateApp(base)).rejects.toMatchObject({ code: "file.unreadable" });
  });
});

test("an app is described with its parameters, cases and what they lack", async () => {
  const user = folderWith("described", SAMPLE);
  const folders = appFolders({ catalogue: CATALOGUE, user, paths: [] });
  const detail = await appService({ folders, catalogue: await openCatalogue(folders), path: "/nowhere" }).show("sample");
  expect(detail).toMatchObject({
    name: "sample",
    cores: 2,
    memory_mib: 1024,
    time_limit_s: 300,
    ready: false,
    missing: [{ name: "adder" }],
    code_version: null,
    code_version_minimum: "1.5",
  });
  expect(detail.parameters[1]).toEqual({ name: "size", type: "number", description: "How large", unit: "m", min: 1, max: 100, choices: null, default: 10 });
  expect(detail.cases).toMatchObject([
    { name: "small", parameters: { shape: "round", size: 5, count: 3 }, model_s: 2.75, missing: [{ name: "adder" }, { name: "mpirun" }] },
  ]);
  expect(detail.cases[0]!.recorded[1]).toEqual({ with: { count: 4 }, version: "2.0", date: "2026-01-02", results: { sum: 20 } });
});

test("a code that can be asked is shown with its version, and asked again only when its program has changed", async () => {
  const user = folderWith("asked", SAMPLE.replace("    minimum:", "    command: [adder, --version]\n    minimum:"));
  const bin = join(base, "bin");
  mkdirSync(bin);
  const install = (version: string, changed: Date) => {
    writeFileSync(join(bin, "adder"), `#!/bin/sh\necho asked >> ${join(base, "asked.log")}\necho "adder v${version}"\nexit 1\n`, { mode: 0o755 });
    utimesSync(join(bin, "adder"), changed, changed);
  };
  const service = appService({ folders: [], catalogue: await openCatalogue([{ origin: "user", path: user }]), path: `${bin}:/usr/bin:/bin` });
  install("2.5", new Date("2026-01-01"));
  expect((await service.show("sample")).code_version).toBe("2.5");
  expect((await service.show("sample")).code_version).toBe("2.5");
  expect(readFileSync(join(base, "asked.log"), "utf8")).toBe("asked\n");
  install("2.6", new Date("2026-01-02"));
  expect((await service.show("sample")).code_version).toBe("2.6");
});
