/** Our own colours (style.ts). node:util could strip any sequence, but loading it takes as long as a whole command. */
// oxlint-disable-next-line no-control-regex -- it is about one
const COLOURS = /\u001B\[[0-9;]*m/g;

/** East Asian Wide and Fullwidth (Unicode 16, UAX #11) and pictures that terminals draw two columns wide. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1B000}-\u{1B2FB}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;

/** Marks that sit on the character before them, and characters that show nothing. */
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;

const PLAIN = /^[\u0020-\u007E]*$/;

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function graphemeWidth(grapheme: string): number {
  if (NOTHING.test(grapheme)) return 0;
  return WIDE.test(grapheme) || grapheme.includes("\uFE0F") ? 2 : 1;
}

/** How many columns a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  const bare = text.replace(COLOURS, "");
  return PLAIN.test(bare) ? bare.length : graphemes(bare).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** The text in at most `columns` columns; what is cut off shows as one ellipsis. Colours are dropped when it has to be cut. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  let kept = "";
  let width = 0;
  for (const grapheme of graphemes(text.replace(COLOURS, ""))) {
    width += graphemeWidth(grapheme);
    if (width > columns - 1) break;
    kept += grapheme;
  }
  return `${kept.trimEnd()}\u2026`;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - widthOf(text))) + text;
}

/** Breaks a text into lines of at most `columns` columns, between words; a word longer than that keeps its length. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((one) => one !== "")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
