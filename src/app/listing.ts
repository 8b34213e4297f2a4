import type { App, AppOrigin } from "./app.ts";
import { needsOf, packagesOf, type Need } from "./needs.ts";

/** An app as lists show it. Plain JSON: `apps/index.json` holds one for each app that ships with Headgate, so that a list reads no YAML. */
export type AppListing = {
  readonly name: string;
  readonly display_name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly tags: readonly string[];
  readonly cases: readonly { readonly name: string; readonly description: string }[];
  /** What every run of it needs. */
  readonly needs: readonly Need[];
  /** Every Debian package that any run of it can need. */
  readonly packages: readonly string[];
};

export type ListedApp = AppListing & {
  readonly origin: AppOrigin;
  readonly folder: string;
  /** Why it cannot be used; null for a good app. */
  readonly fault: string | null;
};

/** Raised when the shape of the index changes, so that a stale one is refused and not misread. */
const INDEX_FORMAT = 1;

export type AppIndex = { readonly format: typeof INDEX_FORMAT; readonly apps: readonly AppListing[] };

export function listingOf({ file }: App): AppListing {
  return {
    name: file.name,
    display_name: file.display_name,
    version: file.version,
    description: file.metadata.description,
    license: file.metadata.license,
    tags: file.metadata.tags,
    cases: Object.entries(file.cases).map(([name, one]) => ({ name, description: one.description })),
    needs: needsOf(file),
    packages: packagesOf(file),
  };
}

/** The text of `apps/index.json`: generated, checked in, and compared on every check. */
export function indexText(apps: readonly App[]): string {
  const index: AppIndex = { format: INDEX_FORMAT, apps: apps.map(listingOf).toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  return `${JSON.stringify(index, null, 1)}\n`;
}

/** Undefined for anything that is not an index of this format. It is our own file, so its entries are trusted. */
export function parseIndex(text: string): AppIndex | undefined {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null && "format" in value && value.format === INDEX_FORMAT && "apps" in value && Array.isArray(value.apps)
    ? (value as AppIndex)
    : undefined;
}
