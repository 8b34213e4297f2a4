import { PassThrough } from "node:stream";
import { appendFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { instant, Problem } from "#kernel";
import { confirm } from "./confirm.ts";
import { ago, bytes, duration, isZero, money, parseBytes, span } from "./format.ts";
import { readTextFile } from "./read-file.ts";
import { renderCliReference } from "./reference.ts";
import { schemaOf } from "./schemas.ts";
import { interruptible } from "./signals.ts";
import { readAll } from "./stdin.ts";
import { cli } from "./testing/line.ts";
import { COMMANDS } from "./tree.ts";

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return "";
}

describe("a question", () => {
  function asked(answer: string): { answer: Promise<void>; said: () => string } {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let said = "";
    output.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const going = confirm("Everything is replaced.", { terminal: { input, output }, yes: false, signal: new AbortController().signal });
    input.write(`${answer}\n`);
    return { answer: going, said: () => said };
  }

  test("is asked with its consequence, and only a yes goes on", async () => {
    const yes = asked("y");
    await yes.answer;
    expect(yes.said()).toBe("Everything is replaced. Go on? [y/N] ");
    for (const no of ["", "n", "yep"]) expect(await codeOf(() => asked(no).answer)).toBe("confirmation.needed");
  });

  test("--yes answers it; where nobody can be asked it is a problem, exit 5", async () => {
    const { signal } = new AbortController();
    await confirm("It goes.", { terminal: null, yes: true, signal });
    expect(await codeOf(() => confirm("It goes.", { terminal: null, yes: false, signal }))).toBe("confirmation.needed");
  });
});

describe("Ctrl-C", () => {
  test("asks to end, and the second one ends at once; who never asked for signals gets none", () => {
    const sent: ((signal: NodeJS.Signals) => void)[] = [];
    const exits: number[] = [];
    let now = 100;
    const signal = interruptible({ onSignals: (wish) => void sent.push(wish), exitAtOnce: (code) => void exits.push(code), now: () => now });
    expect(sent).toHaveLength(0);
    const first = signal();
    sent[0]!("SIGINT");
    expect([first.aborted, exits, signal() === first, sent.length]).toEqual([true, [], true, 1]);
    // The same Ctrl-C once more, through npm.
    now += 5;
    sent[0]!("SIGINT");
    expect(exits).toEqual([]);
    now += 600;
    sent[0]!("SIGINT");
    expect(exits).toEqual([130]);
  });
});

describe("wire values in people's words", () => {
  test("money is never rounded, times and sizes are", () => {
    expect(money("119.999928", "USD")).toBe("$119.999928");
    expect(money("1234.50", "SU")).toBe("1,234.50 SU");
    expect([isZero("0.00"), isZero("0.000001")]).toEqual([true, false]);
    expect([duration(null), duration(3100), span(1800, 5200), span(3600, 3900), span(90_000, 7_200_000)]).toEqual([
      "",
      "3.1 s",
      "2-6 s",
      "4 s",
      "1 min 30 s to 2 h",
    ]);
    expect([bytes(7), bytes(2048), bytes(300 * 1024), bytes(5 * 1024 ** 3)]).toEqual(["7 B", "2.0 KiB", "300 KiB", "5.0 GiB"]);
    const now = instant(Date.parse("2026-11-20T12:00:00Z"));
    expect([ago("2026-11-20T11:59:48Z", now), ago("2026-11-20T11:00:01Z", now), ago("2026-11-19T12:00:00Z", now)]).toEqual([
      "12 s ago",
      "59 min ago",
      "24 h ago",
    ]);
  });

  test.each([
    ["64K", 65_536],
    ["10", 10],
    ["2m", 2_097_152],
    ["0", undefined],
    ["1T", undefined],
    ["", undefined],
  ])("%j is %s bytes", (text, expected) => {
    expect(parseBytes(text)).toBe(expected);
  });
});

describe("reading", () => {
  test("a file that is not there, is a folder, or never ends", async () => {
    expect(await codeOf(() => readTextFile("/no/such/file"))).toBe("file.unreadable");
    expect(await codeOf(() => readTextFile("/"))).toBe("file.unreadable");
    expect(await codeOf(() => readTextFile("/dev/zero"))).toBe("file.too-large");
  });

  test("stdin is bounded", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(64 * 1024);
    }
    expect(await codeOf(() => readAll(endless()))).toBe("file.too-large");
    expect(
      await readAll(
        (async function* () {
          yield "a";
          yield Buffer.from("\u00E9");
        })(),
      ),
    ).toBe("a\u00E9");
  });
});

describe("what is made from the commands", () => {
  test("the reference names every command with its flags and examples", () => {
    const text = renderCliReference();
    for (const command of COMMANDS) {
      expect(text).toContain(`### headgate ${command.path}\n`);
      for (const { line } of command.examples) expect(text).toContain(line);
    }
    expect(text).toContain("| 7 | refused by a budget, a licence or a right |");
  });

  test("every file that people write has a schema, which is printed as JSON", async () => {
    for (const name of ["job", "app", "lab", "config", "issuers"] as const) {
      const { code, stdout } = await cli(["schema", name, "-o", "yaml"]);
      expect([code, JSON.parse(stdout)]).toEqual([0, await schemaOf(name)]);
      expect(await schemaOf(name)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema", type: "object" });
    }
  });
});

describe("apps on this machine", () => {
  test("a new app validates, shows up in lists and says what is wrong with it once it is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-apps-"));
    const made = await cli(["app", "new", "my-model", "--in", folder, "-o", "json"]);
    expect(JSON.parse(made.stdout)).toEqual({ name: "my-model", folder: join(folder, "my-model") });
    expect((await cli(["app", "validate", join(folder, "my-model")])).code).toBe(0);
    expect((await cli(["app", "validate", "my-model", "--app-path", folder])).stdout).toContain(`${join(folder, "my-model")}/app.yaml is valid`);
    expect((await cli(["app", "validate", "quantum-espresso"])).stdout).toContain("apps/quantum-espresso/app.yaml is valid");
    const list = JSON.parse((await cli(["app", "list", "--app-path", folder, "-o", "json"])).stdout) as {
      items: { name: string; origin: string; ready: boolean }[];
      next: null;
    };
    expect(list.items.find((app) => app.name === "my-model")).toMatchObject({ origin: "path", ready: true });
    expect((await cli(["app", "info", "my-model", "--app-path", folder])).stdout).toContain("my-model/");
    expect((await cli(["app", "new", "my-model", "--in", folder])).code).toBe(5);
    expect((await cli(["app", "info", "my-modle", "--app-path", folder])).stderr).toContain("Did you mean my-model?");
    appendFileSync(join(folder, "my-model", "app.yaml"), "descripton: x\n");
    const wrong = await cli(["app", "validate", join(folder, "my-model")]);
    expect(wrong.code).toBe(3);
    expect(wrong.stdout).toMatch(/app\.yaml:\d+:1 +error +descripton/);
  });
});
