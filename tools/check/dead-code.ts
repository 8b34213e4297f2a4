import { runProgram } from "../lib/program.ts";
import { moduleFile, words, type Check } from "./check.ts";
import { ROOT } from "../lib/dependencies.mjs";

/** Files, exports and dependencies that nothing uses; what counts as a start is in knip.json. */
export const deadCode: Check = {
  name: "dead-code",
  async run() {
    const ended = await runProgram([process.execPath, moduleFile("knip/bin/knip.js"), "--no-progress", "--reporter", "compact"], {
      cwd: ROOT,
      timeoutMs: 300_000,
    });
    return ended.code === 0 ? { ok: true, note: "knip.json", findings: "" } : { ok: false, note: "delete it, or use it", findings: words(ended) };
  },
};
