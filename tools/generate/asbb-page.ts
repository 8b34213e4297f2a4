type Answer = { readonly responses?: Readonly<Record<string, unknown>>; readonly summary?: string };
type Described = { readonly paths: Readonly<Record<string, Readonly<Record<string, Answer>>>> };
type Line = { readonly line: string; readonly now: string; readonly there: boolean; readonly notWith: readonly string[]; readonly until: string };

const row = (...cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** docs/reference/asbb.md: what became of every line and route that asbb documents, and the table of those that are not there yet. */
export function asbbPage(lines: readonly Line[], routes: readonly string[], api: Described): string {
  const answers = routes.map((route) => {
    const [method = "", path = ""] = route.split(" ");
    return { route, answer: api.paths[path]?.[method.toLowerCase()] };
  });
  const isThere = (answer: Answer | undefined) => answer !== undefined && answer.responses?.["501"] === undefined;
  const missing = [
    ...lines.filter(({ there }) => !there).map(({ line, until }) => row(`\`${line}\``, until)),
    ...lines.filter(({ notWith }) => notWith.length > 0).map(({ line, notWith, until }) => row(`\`${line}\` with ${notWith.join(", ")}`, until)),
    ...answers.filter(({ answer }) => !isThere(answer)).map(({ route, answer }) => row(`\`${route}\``, answer?.summary ?? "")),
  ];
  const table = (head: readonly string[], rows: readonly string[]) => [row(...head), row(...head.map(() => "---")), ...rows].join("\n");
  return `${[
    "# asbb's lines and routes",
    "What was written for asbb (aws-slurm-burst-budget) goes on here: its lines are taken under its name (`asbb`, `budget-service`), its routes in its own shapes. This page is written by `npm run generate` from what the program takes and answers.",
    "## Not there yet",
    "These exit with 1, or answer 501, with the problem `not-yet` and what to do instead; nothing is done by them.",
    table(["line or route", "until then"], missing),
    "## Lines",
    table(
      ["asbb", "headgate"],
      lines.filter(({ there }) => there).map(({ line, now }) => row(`\`${line}\``, `\`${now}\``)),
    ),
    "## Routes",
    table(
      ["route", "what it answers"],
      answers.filter(({ answer }) => isThere(answer)).map(({ route, answer }) => row(`\`${route}\``, answer?.summary ?? "")),
    ),
  ].join("\n\n")}\n`;
}
