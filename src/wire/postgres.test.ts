import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ensureStateFolder } from "./postgres.ts";

const canMount = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

describe("a state folder that cannot be made", () => {
  test("below a file: names the file", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "headgate-place-")), "file");
    writeFileSync(file, "");
    await expect(ensureStateFolder(join(file, "state"))).rejects.toMatchObject({
      code: "state.read-only",
      detail: `${join(file, "state")} cannot be made, because ${file} is not a folder`,
    });
  });

  test.skipIf(!canMount)("on a read-only file system: says so, and not that it does not exist", async () => {
    const home = mkdtempSync(join(tmpdir(), "headgate-place-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "none", home]);
    try {
      await expect(ensureStateFolder(join(home, ".local", "state", "headgate"))).rejects.toMatchObject({
        code: "state.read-only",
        detail: expect.stringContaining(`${home} is on a file system that is read-only`) as string,
      });
    } finally {
      execFileSync("umount", ["--lazy", home]);
    }
  });
});
