import { createInterface } from "node:readline/promises";
import { Problem } from "#kernel";

export type Asking = {
  /** What answers: a terminal to ask on, or null when nobody can be asked. */
  readonly terminal: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream } | null;
  readonly yes: boolean;
  readonly signal: AbortSignal;
};

/**
 * Goes on when the answer is yes. `consequence` says what would happen, as a sentence.
 * Throws `confirmation.needed` when nobody can be asked or the answer is no.
 */
export async function confirm(consequence: string, asking: Asking): Promise<void> {
  if (asking.yes) return;
  if (asking.terminal === null) throw new Problem("confirmation.needed", { detail: consequence, fix: "Add --yes if that is what you want." });
  const lines = createInterface(asking.terminal);
  try {
    const answer = await lines.question(`${consequence} Go on? [y/N] `, { signal: asking.signal });
    if (!/^y(?:es)?$/i.test(answer.trim()))
      throw new Problem("confirmation.needed", { detail: `${consequence} The answer was no.`, fix: "Nothing was changed." });
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("interrupted", { detail: "stopped at the question", fix: "Nothing was changed.", cause: error });
  } finally {
    lines.close();
  }
}
