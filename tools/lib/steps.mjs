// The lines that `npm start` shows while it prepares: one live line on a terminal, plain lines otherwise. All on stderr.

const NAME_WIDTH = 20;

function line(name, words, ms) {
  const time = ms === undefined ? "" : formatMs(ms);
  return `  ${name.padEnd(NAME_WIDTH)}${words.padEnd(52)} ${time.padStart(8)}`.trimEnd();
}

function formatMs(ms) {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Runs one step of the preparation. `work(say)` gives the words of the line at its end, or null when there was nothing to do (then
 * nothing is shown); `say` changes the words while it goes on.
 * @param {string} name
 * @param {(say: (words: string) => void) => Promise<string | null>} work
 * @param {{ isTTY?: boolean, write(text: string): unknown }} stream
 */
export async function step(name, work, stream = process.stderr) {
  const begun = Date.now();
  const live = stream.isTTY === true;
  let words = "";
  let timer;
  const draw = () => stream.write(`\r\u001B[2K${line(name, words, Date.now() - begun)}`);
  const say = (next) => {
    words = next;
    if (!live) stream.write(`${line(name, words)}\n`);
    else if (timer === undefined) timer = setInterval(draw, 250);
    if (live) draw();
  };
  try {
    const result = await work(say);
    if (live && timer !== undefined) stream.write("\r\u001B[2K");
    if (result !== null) stream.write(`${line(name, result, Date.now() - begun)}\n`);
  } catch (error) {
    if (live && timer !== undefined) stream.write("\r\u001B[2K");
    throw error;
  } finally {
    clearInterval(timer);
  }
}
