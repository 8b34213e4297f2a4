import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { schemathesis, schemathesisMissing } from "../beds/schemathesis.ts";

const missing = schemathesisMissing();

describe.skipIf(missing !== null)(`the OpenAPI document of a running server${missing === null ? "" : `: ${missing}`}`, () => {
  let bed: HeadgateBed;
  beforeAll(async () => {
    bed = await headgateBed({ cores: 2 });
    await bed.up();
  });
  afterAll(() => bed.down());

  test("holds for whatever schemathesis asks: no fault, and no answer that it does not describe", () => {
    const token = readFileSync(join(bed.state, "owner-token"), "utf8").trim();
    const checks = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance", "response_headers_conformance"];
    const words = [
      `run ${bed.url}/api/v1/openapi.json --url ${bed.url} --checks ${checks.join(",")}`,
      // A stream has no end, and what is not there yet says so with 501.
      "--exclude-path /api/v1/events --exclude-path /api/v1/asba/burst-decision",
      "--phases coverage,fuzzing --max-examples 10 --workers 1 --generation-deterministic --continue-on-failure --no-color",
    ].join(" ");
    const { code, out } = schemathesis([...words.split(" "), "--header", `Authorization: Bearer ${token}`]);
    const [, generated = "0"] = /(\d+) generated/.exec(out) ?? [];
    expect([code, Number(generated) > 3000], out.slice(-20_000)).toEqual([0, true]);
  });
});
