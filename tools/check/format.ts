import { runProgram } from "../lib/program.ts";
import { CODE_FOLDERS, moduleFile, words, type Check } from "./check.ts";
import { ROOT } from "../lib/dependencies.mjs";

export const format: Check = {
  name: "format",
  async run() {
    const ended = await runProgram([process.execPath, moduleFile("oxfmt/bin/oxfmt"), "--list-different", ...CODE_FOLDERS], { cwd: ROOT, timeoutMs: 120_000 });
    if (ended.code === 0) return { ok: true, note: ".oxfmtrc.json", findings: "" };
    return { ok: false, note: "npm run format puts it right", findings: words(ended) };
  },
};
