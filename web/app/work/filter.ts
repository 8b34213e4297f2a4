/** Which jobs are shown. It stands in the address, so that a view can be bookmarked and sent. */
export type JobFilter = {
  readonly project?: string | undefined;
  readonly person?: string | undefined;
  readonly app?: string | undefined;
  readonly outcome?: string | undefined;
};

const FIELDS = ["project", "person", "app", "outcome"] as const;

/** Names are at most 63 characters; what is longer or no text is not a filter. */
const NAME_LENGTH_MAX = 63;

/**
 * Reads a filter from the query of the address. What is not a name is given as undefined rather than left out: the router lays what is
 * returned here over the raw query, so a field that is missing here would come through as it was written.
 */
export function readFilter(search: Readonly<Record<string, unknown>>): JobFilter {
  const name = (value: unknown) => (typeof value === "string" && value !== "" && value.length <= NAME_LENGTH_MAX ? value : undefined);
  return { project: name(search["project"]), person: name(search["person"]), app: name(search["app"]), outcome: name(search["outcome"]) };
}

export function isFiltered(filter: JobFilter): boolean {
  return FIELDS.some((field) => filter[field] !== undefined);
}
