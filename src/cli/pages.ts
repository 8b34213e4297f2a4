import { text, wholeNumber } from "./command.ts";
import type { Output } from "./output.ts";

/** The flags of a list that comes in pages: so many at once when nothing is said, so many at most. */
export function pageFlags(usual: number, most: number) {
  return {
    limit: wholeNumber("N", 1, most, `at most this many (${usual})`),
    after: text("CURSOR", "go on after a list that was cut; it ends with the cursor"),
  };
}

/** Says how to go on where a list was cut. */
export function noteMore(output: Pick<Output, "note">, next: string | null): void {
  if (next !== null) output.note(`There are more: add --after ${next}\n`);
}
