/** An array may have this many tasks: ten times Slurm's default MaxArraySize, and still one commit to write down. */
export const ARRAY_TASKS_MAX = 10_000;

/** The highest index, Slurm's own bound (MaxArraySize at most 4,000,001). */
export const ARRAY_INDEX_MAX = 4_000_000;

export type ArraySpec = { readonly indices: readonly number[]; readonly throttle: number | null };
export type ArraySpecFault = { readonly kind: "fault"; readonly code: "job.array" | "job.array-too-large"; readonly words: string };

const PART = /^(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9}))?)?$/;

/** Reads what `sbatch --array` reads: `0-9`, `1-10:3`, `1,4,7`, `0-99%8` and mixtures; indices come back in rising order, each once. */
export function parseArraySpec(text: string): ArraySpec | ArraySpecFault {
  const [list, throttleText, extra] = text.trim().split("%");
  if (extra !== undefined) return fault("% may stand once, at the end");
  const throttle = throttleText === undefined ? null : Number(throttleText);
  if (throttle !== null && (!/^\d{1,6}$/.test(throttleText ?? "") || throttle < 1))
    return fault(`after % stands how many may run at once, at least 1; "${throttleText}" does not say that`);
  const indices = new Set<number>();
  for (const part of (list ?? "").split(",")) {
    const wrong = addPart(part.trim(), indices);
    if (wrong !== null) return wrong;
  }
  return { indices: [...indices].toSorted((a, b) => a - b), throttle };
}

function addPart(part: string, indices: Set<number>): ArraySpecFault | null {
  const match = PART.exec(part);
  if (match === null)
    return fault(part === "" ? "an index is missing" : `"${part}" is not an index, a range such as 0-9, or a range with a step such as 1-10:3`);
  const [first, last, step] = [Number(match[1]), Number(match[2] ?? match[1]), Number(match[3] ?? 1)];
  if (last > ARRAY_INDEX_MAX || first > ARRAY_INDEX_MAX) return tooLarge(`${Math.max(first, last)} is above the highest index, ${ARRAY_INDEX_MAX}`);
  if (last < first) return fault(`${part} runs backwards`);
  if (step < 1) return fault(`${part} has a step of 0`);
  if (Math.floor((last - first) / step) + 1 > ARRAY_TASKS_MAX) return tooMany();
  for (let index = first; index <= last; index += step) indices.add(index);
  return indices.size > ARRAY_TASKS_MAX ? tooMany() : null;
}

function tooMany(): ArraySpecFault {
  return tooLarge(`an array has at most ${ARRAY_TASKS_MAX} tasks`);
}

function tooLarge(words: string): ArraySpecFault {
  return { kind: "fault", code: "job.array-too-large", words };
}

function fault(words: string): ArraySpecFault {
  return { kind: "fault", code: "job.array", words };
}
