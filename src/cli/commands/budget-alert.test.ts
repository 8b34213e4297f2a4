import { expect, test } from "vitest";
import { translate } from "../old-names/index.ts";
import { cli } from "../testing/line.ts";

test.each([
  ["set climate spend:80 notify --to webhook --reason x", "usage.value", "spend:80 is no rule"],
  ["set climate spent notify --to webhook --reason x", "usage.value", "spent is no rule"],
  ["set climate spent:80 shout --to webhook --reason x", "usage.value", "shout is no action"],
  ["set climate spent:80 notify --reason x", "usage.missing", "--to is needed"],
  ["set climate spent:80 notify --to webhook", "usage.missing", "--reason is needed"],
  ["set climate spent:80 notify --to webhook --margin lots --reason x", "usage.value", "lots"],
  ["lift 3", "usage.missing", "--reason is needed"],
  ["history climate --award ATM-1", "usage.value", "an account and --award are two"],
  ["history --state gone", "usage.value", "gone"],
])("budget alert %s is refused before anybody is asked, with what is wrong", async (line, code, words) => {
  const { code: exit, stderr } = await cli(["budget", "alert", ...line.split(" ")]);
  expect([exit, stderr]).toEqual([2, expect.stringContaining(code)]);
  expect(stderr).toContain(words);
});

test("asbb's lines about alerts are ours", () => {
  expect(translate("asbb", ["alerts", "list", "--grant=ATM-1", "--severity=critical"])).toEqual([
    "budget",
    "alert",
    "history",
    "--award=ATM-1",
    "--severity=critical",
  ]);
  expect(translate("asbb", ["alerts", "acknowledge", "3", "--user=maria", "--notes=seen"])).toEqual([
    "budget",
    "alert",
    "acknowledge",
    "3",
    "--as=maria",
    "--notes=seen",
  ]);
});
