import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Problem } from "#kernel";
import { readIssuers } from "./use-issuers.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-issuers-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function read(text: string) {
  const file = join(folder, "issuers.yaml");
  await writeFile(file, text);
  return readIssuers(file);
}

async function faultsOf(text: string): Promise<unknown[]> {
  try {
    await read(text);
  } catch (error) {
    if (error instanceof Problem) return error.faults.map(({ code, place }) => [code, place?.line, place?.column]);
    throw error;
  }
  return [];
}

const entry = (more: string) => `issuers:\n  - issuer: https://login.example\n    audience: headgate\n${more}`;

test("an issuer needs only its name, its audience and its keys; the rest is on the safe side", async () => {
  expect(await read(entry("    jwks_file: keys.json\n"))).toEqual([
    {
      issuer: "https://login.example",
      audience: "headgate",
      algorithms: ["RS256", "ES256"],
      person_claim: "sub",
      leeway_s: 30,
      keys: { kind: "file", path: join(folder, "keys.json") },
    },
  ]);
});

test.each([
  ["an HMAC as algorithm", entry("    jwks_file: k\n    algorithms: [HS256]\n"), [["value.invalid", 5, 18]]],
  ["no signature as algorithm", entry("    jwks_file: k\n    algorithms: [none]\n"), [["value.invalid", 5, 18]]],
  ["no algorithm at all", entry("    jwks_file: k\n    algorithms: []\n"), [["value.range", 5, 17]]],
  ["keys from nowhere", entry(""), [["key.missing", 2, 5]]],
  ["keys from two places", entry("    jwks_file: k\n    jwks_url: https://login.example/k\n"), [["key.missing", 2, 5]]],
  ["keys over plain http", entry("    jwks_url: http://login.example/k\n"), [["value.invalid", 4, 15]]],
  ["an issuer twice", `${entry("    jwks_file: k\n")}  - issuer: https://login.example\n    audience: b\n    jwks_file: k\n`, [["value.duplicate", 5, 13]]],
  ["an hour of leeway", entry("    jwks_file: k\n    leeway_s: 3600\n"), [["value.range", 5, 15]]],
  ["a key that is none of ours", entry("    jwks_file: k\n    secret: x\n"), [["key.unknown", 5, 5]]],
])("with %s the file is refused, and the place is named", async (_name, text, faults) => {
  expect(await faultsOf(text)).toEqual(faults);
});

test("a file that is not there is named", async () => {
  await expect(readIssuers(join(folder, "none.yaml"))).rejects.toMatchObject({ code: "file.unreadable" });
});
