import { expect, test } from "vitest";
import type { Problem } from "./problem.ts";
import { utf8Text } from "./utf8.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function fault(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes, "job.yaml");
  } catch (error) {
    const [found] = (error as Problem).faults;
    return `${found?.place?.line}:${found?.place?.column} ${found?.code} ${found?.message}`;
  }
}

test("UTF-8 is read as it is, a replacement character that stands in the file included", () => {
  expect(fault(bytesOf("app: \u00e9\ufffd\ud83d\ude00\n"))).toBe("app: \u00e9\ufffd\ud83d\ude00\n");
});

test("the first byte of another encoding is named with line and column", () => {
  expect(fault(Uint8Array.from([...bytesOf("app: x\nname: caf"), 0xe9, 0x0a]))).toBe("2:10 file.encoding the byte 0xe9 is not UTF-8");
  expect(fault(Uint8Array.from([0xff, 0xfe, 0x61, 0x00]))).toBe("1:1 file.encoding the file is UTF-16");
});
