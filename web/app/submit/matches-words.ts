import type { AppSummary } from "#app/contract";

/** Whether every word typed stands somewhere in what is said about the app. */
export function matchesWords(app: Pick<AppSummary, "name" | "display_name" | "description" | "tags" | "cases">, text: string): boolean {
  const said = [app.name, app.display_name, app.description, ...app.tags, ...app.cases.map((one) => one.name)].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}
