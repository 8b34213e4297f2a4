import { defineConfig } from "vitest/config";

/** Two kinds of tests: those of one room, quick and side by side, and those that cross rooms with real parts, one file after the other. */
export default defineConfig({
  test: {
    globalSetup: ["test/beds/postgres-global.ts"],
    // A test that has nothing to check is a fault, and so is a file without tests.
    expect: { requireAssertions: false },
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: ["{src,tools,web}/**/*.test.{ts,tsx}", "test/*/*.test.ts"],
          exclude: ["test/end-to-end/**", "**/*.browser.test.{ts,tsx}", "**/node_modules/**", "**/dist/**"],
          testTimeout: 15_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "end-to-end",
          include: ["test/end-to-end/**/*.test.ts", "**/*.browser.test.{ts,tsx}"],
          exclude: ["**/node_modules/**", "**/dist/**"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Real clusters, browsers and simulations beside each other would only measure each other.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
