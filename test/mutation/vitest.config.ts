import { defineConfig } from "vitest/config";

/** The tests that are asked whether they notice a changed rule: those of the rules by themselves, which need no database. */
export default defineConfig({
  test: {
    include: ["src/budget/rules.test.ts", "src/budget/check-ask.test.ts", "src/kernel/money.test.ts"],
    expect: { requireAssertions: false },
  },
});
