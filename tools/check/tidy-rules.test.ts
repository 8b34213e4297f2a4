import { describe, expect, test } from "vitest";
import { deadLinks, lengthFaults, nameFaults, numberingFaults, textFaults, unusedSql, type Finding } from "./tidy-rules.ts";

const words = (findings: readonly Finding[]) => findings.map((finding) => `${finding.severity} ${finding.place}: ${finding.words}`);
const places = (findings: readonly Finding[]) => findings.map((finding) => finding.place);

describe("a file's text", () => {
  // Written in pieces: this file is looked at too.
  const todo = `TO${"DO"}`;
  const any = `a${"ny"}`;
  test.each([
    ["a thing left for later", "src/a.ts", `// ${todo}: later\n`],
    ["a type given up", "src/a.ts", `const a = b as ${any};\n`],
    ["a parameter without a type", "src/a.ts", `function f(a: ${any}) {}\n`],
    ["types switched off", "src/a.ts", `// @ts-${"ignore"}\n`],
    ["a rule switched off without a reason", "src/a.ts", `// oxlint-${"disable"}-next-line no-console\n`],
    ["a lonely test", "src/a.test.ts", `test.${"only"}("a", () => {});\n`],
    ["a test that cannot fail", "src/a.test.ts", `expect(${"true"}).toBe(true);\n`],
    ["a test that sleeps", "src/a.test.ts", `await new Promise((done) => set${"Timeout"}(done, 100));\n`],
    ["a path of this machine", "src/a.ts", `const folder = "/clone/of/mine/src";\n`],
    ["blanks at the end of a line", "src/a.sql", "select 1; \n"],
  ])("is refused for %s", (_what, path, text) => {
    expect(places(textFaults({ path, text }, "/clone/of/mine"))).toEqual([`${path}:1`]);
  });

  test.each([
    ["src/a.ts", "// As any other file, it ends.\n"],
    ["src/a.ts", `// oxlint-${"disable"}-next-line no-console -- the terminal is this file's purpose\n`],
    ["src/a.ts", `await new Promise((done) => set${"Timeout"}(done, 100));\n`],
    ["README.md", "two blanks are a line break  \n"],
  ])("is let through: %s %j", (path, text) => {
    expect(textFaults({ path, text }, "/clone/of/mine")).toEqual([]);
  });

  test("needs an end of its last line", () => {
    expect(words(textFaults({ path: "src/a.ts", text: "export {};" }, "/clone"))).toEqual(["error src/a.ts: the last line has no end"]);
  });
});

describe("lengths", () => {
  const file = (path: string, lines: number) => ({ path, text: "x\n".repeat(lines) });
  test.each([
    ["src/a.ts", 300, []],
    ["src/a.ts", 301, ["warning"]],
    ["src/a.ts", 401, ["error"]],
    ["src/a.test.ts", 800, []],
    ["src/a.test.ts", 801, ["error"]],
    ["docs/a.md", 5000, []],
  ])("%s of %i lines gives %j", (path, lines, expected) => {
    expect(lengthFaults(file(path, lines)).map((finding) => finding.severity)).toEqual(expected);
  });
});

test("names are in kebab-case, but for what a science code prescribes", () => {
  const bad = ["src/jobFile.ts", "test/Beds/a.ts", "apps/My_App/app.yaml"];
  const good = ["src/job/job-file.test.ts", "docs/decisions/README.md", "apps/quantum-espresso/files/Si.pz-vbc.UPF", "LICENSE"];
  expect(places(nameFaults([...bad, ...good]))).toEqual(bad);
});

describe("numbered series", () => {
  const migrations = (...names: string[]) => names.map((name) => `src/db/migrations/${name}`);
  test("go without a gap", () => {
    expect(numberingFaults(migrations("000001-a.sql", "000002-b.sql", "000003-c.sql"))).toEqual([]);
  });
  test.each([
    ["a gap", migrations("000001-a.sql", "000003-c.sql"), "number 3 stands where 2 was expected"],
    ["a double", migrations("000001-a.sql", "000001-b.sql"), "number 1 stands where 2 was expected"],
    ["a late start", migrations("000002-a.sql"), "number 2 stands where 1 was expected"],
  ])("are refused with %s", (_what, paths, expected) => {
    expect(numberingFaults(paths).map((finding) => finding.words)).toEqual([expected]);
  });
  test("are refused with another name", () => {
    expect(places(numberingFaults(["docs/decisions/README.md", "docs/decisions/0001-stack.md", "docs/decisions/notes.md"]))).toEqual([
      "docs/decisions/notes.md",
    ]);
  });
});

test("SQL that nobody loads is dead", () => {
  const sources = [
    { path: "src/job/sql/claim.sql", text: "" },
    { path: "src/job/sql/forgotten.sql", text: "" },
    { path: "src/job/store.ts", text: `loadSql("job", "claim")` },
    { path: "src/budget/store.ts", text: `loadSql("job", "forgotten")` },
  ];
  expect(places(unusedSql(sources))).toEqual(["src/job/sql/forgotten.sql"]);
});

test("a link to a file that is not there is found, a web address is left alone", () => {
  const page = { path: "docs/a.md", text: "[one](b.md) [two](../README.md#top) [three](https://example.org/) [four](gone.md) [five](#here)" };
  expect(words(deadLinks([page], (path) => ["docs/b.md", "README.md"].includes(path)))).toEqual(["error docs/a.md: links to gone.md, which is not there"]);
});
