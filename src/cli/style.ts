/** Colours of the terminal. Off, every function gives the text back as it is, so that nothing has to ask. */
export type Style = {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
};

function sgr(open: number, close: number): (text: string) => string {
  return (text) => (text === "" ? "" : `\u001B[${open}m${text}\u001B[${close}m`);
}

const plain = (text: string): string => text;

const COLOURED: Style = { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39), yellow: sgr(33, 39), green: sgr(32, 39), cyan: sgr(36, 39) };
const UNCOLOURED: Style = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain };

export function styleFor(colour: boolean): Style {
  return colour ? COLOURED : UNCOLOURED;
}
