import { milliseconds, type Milliseconds } from "#kernel";

const FIRST_MS = 5_000;
/** A receiver that was down for a day has everything a quarter of an hour after it is back. */
const LONGEST_MS = 900_000;
const DOUBLINGS_MAX = 8;
/** A message that its receiver refuses is tried for so long, because a receiver that is set up wrong is mended, too. */
export const REFUSED_AFTER_MS = 3 * 86_400_000;

/** How long to wait after so many failures in a row; from 1 on. */
export function waitAfter(failures: number): Milliseconds {
  return milliseconds(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, DOUBLINGS_MAX)));
}
