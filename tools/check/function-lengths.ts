import type { Node } from "typescript";
import type { Finding, SourceFile } from "./tidy-rules.ts";

/** Functions are of one idea. What counts are a function's own lines: those of functions inside it are theirs. Tests are exempt. */
const OWN_LINES_MAX = 60;

/** A factory whose inner functions are each short may still be long as a whole, but not without end. */
const LINES_MAX = 150;

/** Measured on the syntax tree of the old compiler's interface, which is there for tools like this one. */
export async function functionLengths(sources: readonly SourceFile[]): Promise<Finding[]> {
  const { default: ts } = await import("typescript");

  function measure({ path, text }: SourceFile): Finding[] {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false, path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
    const findings: Finding[] = [];
    const line = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;

    /** Lines below this node that belong to functions inside it. */
    function visit(node: Node): number {
      let inner = 0;
      ts.forEachChild(node, (child) => {
        inner += visit(child);
      });
      if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return inner;
      const first = line(node.getStart(file));
      const whole = line(node.end) - first + 1;
      if (whole - inner > OWN_LINES_MAX)
        findings.push({ severity: "error", place: `${path}:${first}`, words: `a function of ${whole - inner} lines; at most ${OWN_LINES_MAX}` });
      else if (whole > LINES_MAX)
        findings.push({ severity: "error", place: `${path}:${first}`, words: `a function of ${whole} lines with those inside it; at most ${LINES_MAX}` });
      // A function on one line takes none away: that line is also its parent's.
      return Math.max(inner, whole - 1);
    }
    visit(file);
    return findings;
  }

  return sources.filter(({ path }) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path)).flatMap(measure);
}
