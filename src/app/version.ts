/** The numbers of a version as codes write theirs: `6.7MaX`, `2022.5-Debian_2022.5_2`, `v3.2.7a` give 6.7, 2022.5, 3.2.7. */
function numbersOf(version: string): number[] {
  const match = /\d+(?:\.\d+)*/.exec(version);
  return match === null ? [] : match[0].split(".").map(Number);
}

/** Negative when `a` is older than `b`, positive when newer, 0 when equal as far as both say. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version that was found is older than an app allows; one that is not known is let through, and judged by its results. */
export function tooOld(version: string | null, minimum: string | null): boolean {
  return minimum !== null && version !== null && compareVersions(version, minimum) < 0;
}
