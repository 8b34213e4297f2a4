import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/beds/postgres-global.ts"],
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
  },
});
