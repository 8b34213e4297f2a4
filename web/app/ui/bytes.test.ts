import { expect, test } from "vitest";
import { showBytes } from "./bytes.ts";

test.each([
  [0, "0 B"],
  [812, "812 B"],
  [1434, "1.4 KiB"],
  [24_117_248, "23 MiB"],
  [5 * 1024 ** 4, "5.0 TiB"],
])("%i bytes are shown as %s", (bytes, shown) => {
  expect(showBytes(bytes)).toBe(shown);
});
