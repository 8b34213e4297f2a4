import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const SOURCE = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const [LIGHT = "", DARK = ""] = SOURCE.split(':root[data-mantine-color-scheme="dark"]');

function token(scheme: string, name: string): string {
  const value = new RegExp(`--hg-${name}: (#[0-9a-f]{6});`).exec(scheme)?.[1];
  if (value === undefined) throw new RangeError(`no colour --hg-${name}`);
  return value;
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("on the %s page", (_name, scheme) => {
  const inks = ["ink", "ink-2", "ink-3", "accent", "bad", "warn"];
  const grounds = ["bg", "surface", "hover", "sunken"];
  test.each(inks.flatMap((ink) => grounds.map((ground) => [ink, ground] as const)))("%s is read on %s", (ink, ground) => {
    expect(contrast(token(scheme, ink), token(scheme, ground))).toBeGreaterThanOrEqual(4.5);
  });
  test.each([
    ["ink", "accent-soft"],
    ["accent", "accent-soft"],
    ["bad", "bad-soft"],
    ["ink-3", "bad-soft"],
    ["warn", "warn-soft"],
    ["ink", "warn-soft"],
    ["on-accent", "accent"],
  ])("%s is read on %s", (ink, ground) => {
    expect(contrast(token(scheme, ink), token(scheme, ground))).toBeGreaterThanOrEqual(4.5);
  });
  test("the focus ring is seen on every ground", () => {
    for (const ground of grounds) expect(contrast(token(scheme, "focus"), token(scheme, ground))).toBeGreaterThanOrEqual(3);
  });
});
