import { staleFiles } from "../generate/generate.ts";
import type { Check } from "./check.ts";

/** What stands in the repository although a program writes it: always what that program would write now. */
export const generatedFiles: Check = {
  name: "generated",
  async run() {
    const { stale, count } = await staleFiles();
    const findings = stale.map((file) => `${file}: run npm run generate and commit what it changes`);
    return { ok: stale.length === 0, note: `${count} files`, findings: findings.join("\n") };
  },
};
