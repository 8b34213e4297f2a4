/**
 * Writes the lines of one turn of the event loop together: each write to a file or a terminal waits for the system, and a busy server has a score of lines a turn.
 * A line that says warn or worse is written at once, after those before it; the rest at the end of the turn, or when the process ends by itself. Only a process that is killed
 * loses lines, at most those of its last turn.
 */
export function turnWriter(write: (text: string) => void): { write(line: string): void } {
  let waiting = "";
  const flush = (): void => {
    if (waiting === "") return;
    const text = waiting;
    waiting = "";
    write(text);
  };
  process.once("exit", flush);
  return {
    write: (line) => {
      if (waiting === "") setImmediate(flush);
      waiting += line;
      if (!CALM.test(line) || waiting.length > WAITING_CHARACTERS_MAX) flush();
    },
  };
}

/** How a line of ours begins that can wait. */
const CALM = /^\{"level":"(info|debug|trace)"/;
const WAITING_CHARACTERS_MAX = 65_536;
