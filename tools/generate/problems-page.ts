import { EXIT, PROBLEMS, problemType, type ProblemCode } from "#kernel";

/** What the first word of a code stands for; a code without a point belongs to no room. */
const SUBJECTS: Readonly<Record<string, string>> = {
  access: "People, tokens and signing in",
  account: "Accounts",
  app: "Apps of the catalogue",
  budget: "Budgets",
  config: "Configuration",
  db: "The database",
  file: "Files",
  job: "Jobs",
  price: "Prices",
  server: "The server",
  state: "The state folder",
  yaml: "YAML",
};

/** docs/problems.md: every problem that Headgate can report, from the one catalogue. */
export function problemsPage(): string {
  const codes = Object.keys(PROBLEMS).toSorted() as ProblemCode[];
  const subjects = [...new Set(codes.map(subjectOf))].toSorted();
  const sections = subjects.flatMap((subject) => [`## ${heading(subject)}`, ...codes.filter((code) => subjectOf(code) === subject).map(section)]);
  return `${[
    "# Problems",
    "Every problem that Headgate reports has one of these codes; scripts may rely on them, they are never renamed. The terminal prints the code, HTTP answers with an RFC 9457 document whose `type` is `" +
      problemType("internal").replace("internal", "<code>") +
      "`. This page is written by `npm run generate` from `src/kernel/problems.ts`.",
    ...sections,
  ].join("\n\n")}\n`;
}

function section(code: ProblemCode): string {
  const { title, status, exit, fix } = PROBLEMS[code];
  return `### ${code}\n\n${title}. ${fix}\n\nHTTP ${status}, exit code ${EXIT[exit]}.`;
}

const subjectOf = (code: string) => (code.includes(".") ? code.slice(0, code.indexOf(".")) : "");

function heading(subject: string): string {
  if (subject === "") return "Anywhere";
  return SUBJECTS[subject] ?? `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`;
}
