import { EXIT, Problem, problemType, type Fault, type Place } from "#kernel";
import { tame, type Format, type View } from "./output.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./width.ts";

/** The one funnel: whatever was thrown, as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code, syscall, path, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return new Problem("state.disk-full", { detail: message, cause: error });
  if ((code === "EACCES" || code === "EROFS" || code === "EPERM") && syscall !== undefined && path !== undefined)
    return new Problem("state.read-only", { detail: message, cause: error });
  return new Problem("internal", { detail: error instanceof Error ? error.message : String(error), cause: error });
}

/** The shape of a problem on stderr with -o json: the fields of RFC 9457, then ours. */
export type ProblemOnWire = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly exit_code: number;
  readonly fix: string;
  readonly place: Place | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
};

export function problemOnWire(problem: Problem): ProblemOnWire {
  const { code, title, status, detail, exitCode, fix, place, facts, faults } = problem;
  return { type: problemType(code), title, status, detail, code, exit_code: exitCode, fix, place, facts, faults };
}

/** A problem as it goes to stderr: for people three lines (what and where; why; what to do), with -o json one JSON value. */
export function renderProblem(problem: Problem, format: Format, view: View): string {
  if (format === "json") return `${JSON.stringify(problemOnWire(problem), null, 2)}\n`;
  const faults = problem.faults.length === 0 ? "" : renderFaults(problem.faults, view);
  // The faults have said what is wrong, where, and what to do: a summary is all that is left to say.
  if (faults !== "" && problem.exitCode === EXIT.invalid) return tame(`${faults}${faultCount(problem.faults)} (${problem.code})\n`);
  const word = problem.exitCode === EXIT.refused ? "refused" : "error";
  const place = problem.place === null ? "" : `  ${placeText(problem.place)}`;
  const { style } = view;
  const lines = [
    `${style.bold(style.red(word))}  ${problem.code}${place}  ${style.dim(problem.title)}`,
    ...labelled("why", problem.detail, view),
    ...labelled("fix", problem.fix, view),
    ...requestLine(problem, view),
  ];
  return tame(`${faults}${lines.join("\n")}\n`);
}

function labelled(label: string, text: string, { style, columns }: View): string[] {
  const lines = text.split("\n").flatMap((line) => (columns === null ? [line] : wrap(line, Math.max(20, columns - 7))));
  return lines.map((line, index) => (index === 0 ? `  ${style.dim(label)}  ${line}` : `       ${line}`));
}

/** A fault of Headgate is looked up in the log by the request's id. */
function requestLine(problem: Problem, { style }: View): string[] {
  const id = problem.facts["request_id"];
  return problem.code === "internal" && typeof id === "string" ? [`  ${style.dim("request")}  ${id}`] : [];
}

export function placeText(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** Faults of files: place, severity, key, what is wrong, what to do; columns stand below each other. */
export function renderFaults(faults: readonly Fault[], view: View): string {
  return renderTable(
    faults,
    [
      { head: "", cell: (fault) => (fault.place === null ? "" : placeText(fault.place)) },
      {
        head: "",
        cell: (fault) => fault.severity.replace("warning", "warn"),
        paint: (text, fault) => (fault.severity === "error" ? view.style.red(text) : view.style.yellow(text)),
      },
      { head: "", cell: (fault) => fault.path },
      { head: "", cell: (fault) => [sentence(fault.message), fault.fix].filter((part) => part !== null).join(" ") },
    ],
    // A fix that is cut off helps nobody: long lines may wrap.
    { style: view.style, columns: null },
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

export function faultCount(faults: readonly Fault[]): string {
  const count = (severity: Fault["severity"], word: string) => {
    const number = faults.filter((fault) => fault.severity === severity).length;
    return number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`];
  };
  return [...count("error", "error"), ...count("warning", "warning")].join(", ");
}
