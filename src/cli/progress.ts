import { formatDuration, type Milliseconds } from "#kernel";
import type { Output } from "./output.ts";
import { fit, padEnd, padStart } from "./width.ts";

/**
 * How a command shows what it is doing, on stderr: lines of a name and words. On a terminal the last line lives and is drawn over
 * until it is done; elsewhere every change is a plain line of its own.
 */
export type Progress = {
  /** The line that is being worked on. On a terminal `words` is asked again several times a second, so it may tell the time. */
  live(name: string, words: () => string): void;
  /** The same for what takes a moment: shown on a terminal alone, because as a line that stays it would be noise. */
  brief(name: string, words: () => string): void;
  /** Ends the live line, if any, with a line that stays; `took` stands at its right, below the times of the other lines. */
  done(name: string, words: string, took?: Milliseconds): void;
  /** Takes the live line away. */
  end(): void;
};

/** As in tools/lib/steps.mjs, whose lines stand above these when `npm start` has something to set up. */
const NAME_WIDTH = 18;
const WORDS_WIDTH = 52;
const TIME_WIDTH = 9;
const REDRAW_MS = 125;
const CLEAR_LINE = "\r\u001B[2K";

export function openProgress(output: Output): Progress {
  let timer: NodeJS.Timeout | undefined;
  const line = (name: string, words: string) => `  ${padEnd(name, NAME_WIDTH)}  ${words}`.trimEnd();

  function end(): void {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    output.complain(CLEAR_LINE);
  }

  function brief(name: string, words: () => string): void {
    end();
    if (!output.live) return;
    const draw = () => output.complain(CLEAR_LINE + fit(line(name, words()), (output.noteView.columns ?? 80) - 1));
    draw();
    // Not unref'd: it is cleared by end(), and who forgets that should notice.
    timer = setInterval(draw, REDRAW_MS);
  }

  return {
    end,
    brief,
    live: (name, words) => {
      brief(name, words);
      if (!output.live) output.note(`${line(name, words())}\n`);
    },
    done: (name, words, took) => {
      end();
      output.note(`${line(name, took === undefined ? words : padEnd(words, WORDS_WIDTH) + padStart(formatDuration(took), TIME_WIDTH))}\n`);
    },
  };
}

const BAR_WIDTH = 20;

/** `############--------`, for a fraction from 0 to 1. */
export function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_WIDTH);
  return "#".repeat(full) + "-".repeat(BAR_WIDTH - full);
}
