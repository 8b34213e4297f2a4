/** A condition that our own code guarantees. A breach is a fault of Headgate, never of the user's input, so it ends the operation. */
export class InvariantBreach extends Error {
  override readonly name = "InvariantBreach";
}

export function invariant(condition: boolean, words: string): asserts condition {
  if (!condition) throw new InvariantBreach(words);
}

/** Ends a switch over a union: the compiler proves that no case is left. */
export function assertNever(value: never): never {
  throw new InvariantBreach(`unexpected case ${JSON.stringify(value)}`);
}
