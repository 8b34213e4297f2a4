import type { Probe } from "./probes.ts";

export const TABLE = "docs/probes.md";

const HEAD = `# The probes of earlier tools, answered by Headgate

\`npm run probes\` starts a Headgate of its own and does to it, over HTTP, what broke the budget tool asbb when it was measured and what the reservation daemon obol passed. It
ends with 1 when one answer is not the expected one; \`npm run probes -- --write\` writes this page, and a test of \`npm test\` compares it with what Headgate answers.

asbb is v0.2.0 on PostgreSQL 15, obol is v0.14.0, both measured on a machine of two cores.
`;

const TAIL = `
Not in the table, because nothing here answers it yet: the probes of asbb's forecasts, burn rates and failure modes, and of a plug-in for Slurm. An advisor that hangs cannot hold a reservation up: none is
asked for one.
`;

/** The page: the same for the same answers, whatever the machine. */
export function tableOf(rows: readonly { readonly probe: Probe; readonly answer: string }[]): string {
  const cell = (words: string) => words.replaceAll("|", "\\|");
  const lines = rows.map(({ probe, answer }) => `| ${cell(probe.name)} | ${probe.of}: ${cell(probe.was)} | ${cell(answer)} |`);
  return `${HEAD}\n| what is done | what an earlier tool answered | what Headgate answers |\n|---|---|---|\n${lines.join("\n")}\n${TAIL}`;
}
