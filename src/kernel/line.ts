/** Marks that turn the direction of what follows (Unicode UAX 9): with them "paid 1.00" can be shown as another amount. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Why a text cannot stand on a line that people read, in a log, or in the database: a control character (a line break, a terminal's
 * escape, NUL), half of a character, or a mark that turns the direction of writing. Null when it can.
 */
export function lineFault(text: string): string | null {
  if (/\p{Cc}/u.test(text)) return "has a control character";
  if (!text.isWellFormed()) return "has half of a character";
  return DIRECTION.test(text) ? "has a mark that turns the direction of writing" : null;
}
