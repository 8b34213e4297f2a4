import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brokenRules, cruise } from "./boundaries.ts";

/** A small product in which everything that is forbidden is done once, beside what is allowed. */
const FILES: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "planted",
    type: "module",
    imports: { "#*/contract": "./src/*/contract.ts", "#*": "./src/*/index.ts" },
  }),
  "tsconfig.json": JSON.stringify({ compilerOptions: { module: "nodenext", allowImportingTsExtensions: true, noEmit: true } }),
  "src/kernel/index.ts": `export * from "./money.ts";`,
  "src/kernel/money.ts": `export type Money = bigint;\nexport const zero = 0n;`,
  "src/kernel/late.ts": `import { budget } from "#budget";\nexport const late = budget;`,
  "src/budget/index.ts": `export { budget } from "./service.ts";`,
  "src/budget/contract.ts": `import { zero } from "#kernel";\nexport const shape = zero;`,
  "src/budget/service.ts": `import { readFileSync } from "node:fs";\nimport { rule } from "./rule.ts";\nexport const budget = [readFileSync, rule];`,
  "src/budget/rule.ts": `import { zero } from "#kernel";\nimport type { Late } from "./store.ts";\nexport const rule = (late: Late) => [zero, late];`,
  "src/budget/store.ts": `export type Late = number;\nexport const store = 1;`,
  "src/budget/impure.ts": `import { readFileSync } from "node:fs";\nexport const impure = readFileSync;`,
  "src/budget/sums.ts": `import { store } from "./store.ts";\nexport const through = store;`,
  "src/budget/one.ts": `import { two } from "./two.ts";\nexport const one = (): unknown => two;`,
  "src/budget/two.ts": `import { one } from "./one.ts";\nexport const two = (): unknown => one;`,
  "src/budget/alone.ts": `export const alone = 1;`,
  "src/job/index.ts": `export { job } from "./service.ts";`,
  "src/job/contract.ts": `import { job } from "./service.ts";\nexport const shape = job;`,
  "src/job/service.ts": `import { budget } from "#budget";\nexport const job = budget;`,
  "src/job/use-back-door.ts": `import { rule } from "../budget/rule.ts";\nexport const back = rule;`,
  "src/job/use-path.ts": `import { budget } from "../budget/index.ts";\nexport const path = budget;`,
  "src/job/use-door.ts": `import { main } from "#cli";\nexport const door = main;`,
  "src/job/use-test.ts": `import { bed } from "../../test/beds/bed.ts";\nexport const product = bed;`,
  "src/cli/index.ts": `import { serve } from "#server";\nimport { wire } from "../wire.ts";\nexport const main = [serve, wire];`,
  "src/server/index.ts": `import { missing } from "./missing.ts";\nexport const serve = missing;`,
  "src/wire.ts": `import { job } from "#job";\nexport const wire = job;`,
  "test/beds/bed.ts": `import { rule } from "../../src/budget/rule.ts";\nexport const bed = rule;`,
  "web/app.ts": `import { shape } from "../src/budget/contract.ts";\nimport { zero } from "../src/kernel/index.ts";\nexport const app = [shape, zero];`,
  "web/page.ts": `import { budget } from "../src/budget/index.ts";\nexport const page = budget;`,
};

const BROKEN = [
  "by-the-front-door-from-outside: test/beds/bed.ts imports src/budget/rule.ts",
  "by-the-front-door: src/job/use-back-door.ts imports src/budget/rule.ts",
  "contracts-are-for-the-browser: src/job/contract.ts imports src/job/service.ts",
  "doors-do-not-know-each-other: src/cli/index.ts imports src/server/index.ts",
  "kernel-imports-nothing: src/kernel/late.ts imports src/budget/index.ts",
  "no-cycles: src/budget/one.ts imports src/budget/two.ts",
  "no-orphans: src/budget/alone.ts",
  "no-tests-in-the-product: src/job/use-test.ts imports test/beds/bed.ts",
  "pure-stays-pure: src/budget/impure.ts imports fs",
  "pure-stays-pure: src/budget/sums.ts imports src/budget/store.ts",
  "pure-stays-pure: src/job/contract.ts imports src/job/service.ts",
  "pure-stays-pure: src/kernel/late.ts imports src/budget/index.ts",
  "resolvable: src/server/index.ts imports ./missing.ts",
  "rooms-are-called-by-name: src/job/use-back-door.ts imports src/budget/rule.ts",
  "rooms-are-called-by-name: src/job/use-path.ts imports src/budget/index.ts",
  "rooms-do-not-know-the-doors: src/job/use-door.ts imports src/cli/index.ts",
  "web-imports-contracts-only: web/page.ts imports src/budget/index.ts",
];

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-planted-"));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

test("every forbidden import is found, and no allowed one", async () => {
  expect(brokenRules(await cruise(root, ["src", "test", "web"]))).toEqual(BROKEN);
});

test("every file is seen", async () => {
  const { modules } = await cruise(root, ["src", "test", "web"]);
  const seen = new Set(modules.map((module) => module.source));
  expect(Object.keys(FILES).filter((path) => path.endsWith(".ts") && !seen.has(path))).toEqual([]);
});
