import { EXIT } from "#kernel";
import type { PlainRun } from "../command.ts";
import { examine } from "../doctor/examine.ts";
import type { Finding } from "../doctor/finding.ts";
import { count } from "../format.ts";
import type { Style } from "../style.ts";
import { padEnd } from "../width.ts";

/** The answer's shape with -o json: `{ ok, findings: [{ name, state, words, fix }] }`; state is ok, warn or fail. */
export const run: PlainRun = async (context) => {
  const { output, config, resolved, surroundings, root, version } = context;
  const findings = await examine({ config, resolved, surroundings, root, version });
  const number = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
  const [failed, warned] = [number("fail"), number("warn")];
  await output.show({ ok: failed === 0, findings }, ({ style }) => findings.map((finding) => line(finding, style, findings)).join(""));
  output.note(
    failed === 0
      ? `Runs will work here${warned === 0 ? "" : `; ${count(warned, "warning")}`}.\n`
      : `${count(failed, "thing")} that ${failed === 1 ? "matters is" : "matter are"} wrong${warned === 0 ? "" : `, and ${count(warned, "warning")}`}.\n`,
  );
  return failed === 0 ? EXIT.ok : EXIT.failed;
};

function line({ name, state, words, fix }: Finding, style: Style, all: readonly Finding[]): string {
  const width = Math.max(...all.map((finding) => finding.name.length));
  const mark = state === "ok" ? style.green("ok  ") : state === "warn" ? style.yellow("warn") : style.red("FAIL");
  const indent = " ".repeat(width + 8);
  return `${mark}  ${padEnd(name, width)}  ${words}\n${fix === null ? "" : `${indent}${style.dim("fix")} ${fix}\n`}`;
}
