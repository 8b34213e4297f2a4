import { expect, test } from "vitest";
import { Problem } from "./problem.ts";
import { utf8Text } from "./utf8.ts";

function fault(bytes: readonly number[] | Uint8Array): string {
  try {
    return utf8Text(Uint8Array.from(bytes), "job.yaml");
  } catch (error) {
    const [found] = (error as Problem).faults;
    return `${found?.place?.line}:${found?.place?.column} ${found?.code} ${found?.message}`;
  }
}

test("UTF-8 is read as it is, a replacement character that stands in the file included", () => {
  expect(fault(Buffer.from("app: \u00e9\ufffd\ud83d\ude00\n"))).toBe("app: \u00e9\ufffd\ud83d\ude00\n");
});

test("the first byte of another encoding is named with line and column", () => {
  expect(fault(Buffer.from("app: x\nname: caf\u00e9\n", "latin1"))).toBe("2:10 file.encoding the byte 0xe9 is not UTF-8");
  expect(fault(Buffer.from("\ufeffapp: x\n", "utf16le"))).toBe("1:1 file.encoding the file is UTF-16");
});
