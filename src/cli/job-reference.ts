import { Problem } from "#kernel";

/** `1841`, or `1841_7` for a task. Looked at here so that a slip costs no question to the server. */
export function jobReference(given: string): string {
  if (/^[1-9]\d{0,17}(?:_\d{1,9})?$/.test(given)) return given;
  throw new Problem("usage.value", {
    detail: `${JSON.stringify(given)} is not a job number`,
    fix: "Give a number such as 1841, or 1841_7 for a task; headgate job list shows them.",
  });
}
