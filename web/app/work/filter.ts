/** Which jobs are shown. It stands in the address, so that a view can be bookmarked and sent. */
export type JobFilter = { readonly project?: string; readonly person?: string; readonly app?: string; readonly outcome?: string };

const FIELDS = ["project", "person", "app", "outcome"] as const;

/** Names are at most 63 characters; what is longer or no text is not a filter. */
const NAME_LENGTH_MAX = 63;

/** Reads a filter from the query of the address; anything strange in it is left out. */
export function readFilter(search: Readonly<Record<string, unknown>>): JobFilter {
  const entries = FIELDS.flatMap((field) => {
    const value = search[field];
    return typeof value === "string" && value !== "" && value.length <= NAME_LENGTH_MAX ? [[field, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

export function isFiltered(filter: JobFilter): boolean {
  return FIELDS.some((field) => filter[field] !== undefined);
}
