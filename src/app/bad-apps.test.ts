import { describe, expect, test } from "vitest";
import type { ProblemCode } from "#kernel";
import { readSample, SAMPLE, SAMPLE_FILES } from "./test-sample.ts";

/**
 * Bad app files, each the good one with one thing changed: what a person may well write. « stands before the character at which the fault
 * must be placed; where that lies outside the change, `place` says line and column.
 */
type Bad = {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly code: ProblemCode;
  readonly path: string;
  readonly place?: string;
  readonly fix?: string;
};

const BAD: readonly Bad[] = [
  { name: "a tab for an indent", from: "metadata:\n  description", to: "metadata:\n«\tdescription", code: "yaml.tab", path: "" },
  { name: "a key written twice", from: "version: 1.2.3", to: "version: 1.2.3\n«name: sample", code: "yaml.duplicate-key", path: "" },
  { name: "a misspelt section", from: "metadata:", to: "metdata:", code: "key.missing", path: "metadata", place: "1:1", fix: "Add metadata." },
  {
    name: "a misspelt key",
    from: "benign_exit_codes",
    to: "«benign_exit_code",
    code: "key.unknown",
    path: "run.benign_exit_code",
    fix: "Did you mean benign_exit_codes?",
  },
  {
    name: "a key of another type of parameter",
    from: "    min: 1\n    max: 9",
    to: "    «choices: [1]\n    max: 9",
    code: "key.unknown",
    path: "parameters.count.choices",
  },
  { name: "a version that is no version", from: "version: 1.2.3", to: "version: «latest", code: "value.invalid", path: "version" },
  {
    name: "a name unlike the folder's",
    from: "name: sample",
    to: "name: «example",
    code: "value.name",
    path: "name",
    fix: "Write name: sample, or rename the folder.",
  },
  { name: "a name with a space", from: "name: sample", to: "name: «my sample", code: "value.name", path: "name" },
  { name: "no license", from: "  license: Apache-2.0\n", to: "", code: "key.missing", path: "metadata.license", place: "5:3" },
  { name: "a homepage that is no address", from: "  license:", to: "  homepage: «adder.org\n  license:", code: "value.invalid", path: "metadata.homepage" },
  {
    name: "an unknown type of parameter",
    from: "type: integer",
    to: "type: «interger",
    code: "value.invalid",
    path: "parameters.count.type",
    fix: "Did you mean integer?",
  },
  { name: "a parameter without a type", from: "    type: integer\n", to: "", code: "key.missing", path: "parameters.count.type", place: "21:5" },
  { name: "a parameter with a capital letter", from: "  count:\n", to: "  «Count:\n", code: "value.name", path: "parameters.Count" },
  { name: "a parameter named as every object's parts are", from: "  count:\n", to: "  «constructor:\n", code: "value.name", path: "parameters.constructor" },
  {
    name: "a recorded value of what every object has",
    from: "results: { sum: 15 }",
    to: "results: { «constructor: 1 }",
    code: "reference.unknown",
    path: "cases.small.recorded[0].results.constructor",
  },
  { name: "a range that is empty", from: "    min: 1\n    max: 100", to: "    min: «200\n    max: 100", code: "value.range", path: "parameters.size.min" },
  { name: "a default above the range", from: "    default: 10\n", to: "    default: «1000\n", code: "value.range", path: "parameters.size.default" },
  { name: "a whole number with a fraction", from: "    default: 3", to: "    default: «3.5", code: "value.type", path: "parameters.count.default" },
  { name: "a default that is not a choice", from: "    default: round", to: "    default: «oval", code: "value.invalid", path: "parameters.shape.default" },
  { name: "a choice named twice", from: "[round, square]", to: "[round, square, «round]", code: "value.duplicate", path: "parameters.shape.choices[2]" },
  {
    name: "a choice that is no plain word",
    from: "[round, square]",
    to: '[round, «"square/../x"]',
    code: "value.invalid",
    path: "parameters.shape.choices[1]",
  },
  {
    name: "a placeholder of the command that is nothing",
    from: "--count={{ count }}",
    to: "--count={{ cuont }}",
    code: "app.placeholder",
    path: "run.command[2]",
    place: "44:31",
    fix: "Did you mean {{ count }}?",
  },
  {
    name: "a placeholder that is not closed",
    from: "--count={{ count }}",
    to: "--count={{ count }",
    code: "app.placeholder",
    path: "run.command[2]",
    place: "44:31",
  },
  {
    name: "a placeholder of the environment that is nothing",
    from: "{{ job.cores }}",
    to: "{{ job.core }}",
    code: "app.placeholder",
    path: "run.environment.ADDER_CORES",
    place: "46:18",
    fix: "Did you mean {{ job.cores }}?",
  },
  { name: "a program that is a placeholder", from: "command: [adder,", to: 'command: [«"{{ shape }}",', code: "app.placeholder", path: "run.command[0]" },
  { name: "a shell that reads a line", from: "command: [adder, input.txt,", to: "command: [sh, «-c,", code: "app.shell", path: "run.command[1]" },
  {
    name: "a shell behind another program",
    from: "command: [adder, input.txt,",
    to: "command: [env, /bin/bash, «-lc,",
    code: "app.shell",
    path: "run.command[2]",
  },
  {
    name: "a command written as one line",
    from: 'command: [adder, input.txt, "--count={{ count }}"]',
    to: "command: «adder input.txt",
    code: "value.type",
    path: "run.command",
  },
  { name: "an empty command", from: 'command: [adder, input.txt, "--count={{ count }}"]', to: "command: «[]", code: "value.range", path: "run.command" },
  { name: "a number in a file's name", from: '"{{ shape }}.txt"', to: '«"{{ size }}.txt"', code: "app.placeholder", path: "run.files[0].template" },
  { name: "a template that is not there", from: '"{{ shape }}.txt"', to: '«"{{ shape }}.in"', code: "app.file-missing", path: "run.files[0].template" },
  { name: "a path out of the folder", from: "copy: extra.sh", to: "copy: «../../etc/passwd", code: "app.path", path: "run.files[1].copy" },
  { name: "an absolute path in the working folder", from: "- path: input.txt", to: "- path: «/tmp/input.txt", code: "app.path", path: "run.files[0].path" },
  { name: "an installed path that is not absolute", from: "path: /usr/share", to: "path: «usr/share", code: "app.path", path: "needs.files[0].path" },
  {
    name: "a file of two kinds",
    from: "      copy: extra.sh",
    to: "      copy: extra.sh\n      installed: «/usr/share/x",
    code: "value.duplicate",
    path: "run.files[1].installed",
  },
  { name: "a file of no kind", from: "      copy: extra.sh\n", to: "", code: "key.missing", path: "run.files[1]", place: "42:7" },
  { name: "two files of one name", from: "- path: extra.sh", to: "- path: «input.txt", code: "value.duplicate", path: "run.files[1].path" },
  {
    name: "a condition on nothing",
    from: "when: { shape: square }",
    to: "when: { «shap: square }",
    code: "reference.unknown",
    path: "needs.files[0].when.shap",
    fix: "Did you mean shape?",
  },
  {
    name: "a condition that never holds",
    from: "when: { shape: square }",
    to: "when: { shape: «oval }",
    code: "reference.unknown",
    path: "needs.files[0].when.shape",
  },
  { name: "a condition on a number", from: "when: { shape: square }", to: 'when: { «size: "5" }', code: "value.invalid", path: "needs.files[0].when.size" },
  { name: "an environment variable with a dash", from: "ADDER_CORES:", to: "«ADDER-CORES:", code: "value.name", path: "run.environment.ADDER-CORES" },
  { name: "an exit code that cannot be", from: "[3]", to: "[«300]", code: "value.range", path: "run.benign_exit_codes[0]" },
  { name: "a package that cannot be", from: "[adder-tools]", to: "[«Adder Tools]", code: "value.invalid", path: "needs.programs[0].packages[0]" },
  {
    name: "an unknown kind of result",
    from: "kind: contains",
    to: "kind: «contain",
    code: "value.invalid",
    path: "results.finished.kind",
    fix: "Did you mean contains?",
  },
  { name: "a pattern without a group", from: "(?<value>\\S+)", to: "(\\S+)", code: "app.pattern", path: "results.sum.pattern", place: "52:14" },
  { name: "a pattern that is no expression", from: "(?<value>\\S+)", to: "(?<value>\\S+", code: "app.pattern", path: "results.sum.pattern", place: "52:14" },
  { name: "a pattern that can take for ever", from: "(?<value>\\S+)", to: "(?<value>(a+)+)", code: "app.pattern", path: "results.sum.pattern", place: "52:14" },
  { name: "a tolerance below zero", from: "tolerance: 1.0e-6", to: "tolerance: «-1", code: "value.range", path: "results.sum.tolerance" },
  { name: "a tolerance that says nothing", from: "tolerance: 1.0e-6", to: "tolerance: «{}", code: "key.missing", path: "results.sum.tolerance" },
  {
    name: "no result",
    from: SAMPLE.slice(SAMPLE.indexOf("results:\n"), SAMPLE.indexOf("run_time:\n")),
    to: "results: «{}\n",
    code: "key.missing",
    path: "results",
  },
  {
    name: "a run time that scales with nothing",
    from: "parameter: size, at",
    to: "parameter: «sise, at",
    code: "reference.unknown",
    path: "run_time.terms[1].scales[0].parameter",
    fix: "Did you mean size?",
  },
  { name: "a power of a word", from: "parameter: size, at", to: "parameter: «shape, at", code: "value.type", path: "run_time.terms[1].scales[0].parameter" },
  {
    name: "a factor for a choice that is not",
    from: "square: 3 }",
    to: "«oval: 3 }",
    code: "reference.unknown",
    path: "run_time.terms[1].scales[1].factors.oval",
  },
  { name: "a power without its reference", from: "at: 10, power: 2", to: "power: 2", code: "key.missing", path: "run_time.terms[1].scales[0]", place: "65:11" },
  { name: "memory that is no amount", from: "memory: 1G", to: "memory: «lots", code: "value.memory", path: "resources.memory" },
  { name: "no time limit", from: "  time_limit: 5m\n", to: "", code: "key.missing", path: "resources.time_limit", place: "70:3" },
  { name: "a time limit without an end", from: "time_limit: 5m", to: "time_limit: «unlimited", code: "value.time", path: "resources.time_limit" },
  { name: "more cores than it can use", from: "cores: 2", to: "cores: «16", code: "value.range", path: "resources.cores" },
  {
    name: "a case with an unknown parameter",
    from: "parameters: { size: 5 }",
    to: "parameters: { «siez: 5 }",
    code: "app.parameter-unknown",
    path: "cases.small.parameters.siez",
    fix: "Did you mean size?",
  },
  {
    name: "a case out of range",
    from: "parameters: { size: 5 }",
    to: "parameters: { size: «500 }",
    code: "value.range",
    path: "cases.small.parameters.size",
    fix: "Give a value from 1 to 100 m.",
  },
  {
    name: "a case with too many cores",
    from: "    parameters: { size: 5 }",
    to: "    parameters: { size: 5 }\n    resources: { cores: «9 }",
    code: "value.range",
    path: "cases.small.resources.cores",
  },
  {
    name: "a recording with a wrong parameter",
    from: "with: { count: 4 }",
    to: "with: { count: «four }",
    code: "value.type",
    path: "cases.small.recorded[1].with.count",
  },
  {
    name: "a recorded value of an unknown result",
    from: "results: { sum: 15 }",
    to: "results: { «summ: 15 }",
    code: "reference.unknown",
    path: "cases.small.recorded[0].results.summ",
    fix: "Did you mean sum?",
  },
  {
    name: "a recorded word for a number",
    from: "results: { sum: 15 }",
    to: "results: { sum: «fifteen }",
    code: "value.type",
    path: "cases.small.recorded[0].results.sum",
  },
  {
    name: "a recorded value for a yes or no",
    from: "results: { sum: 15 }",
    to: "results: { finished: «1 }",
    code: "value.type",
    path: "cases.small.recorded[0].results.finished",
  },
  {
    name: "a day that is no day",
    from: "date: 2026-01-02\n        results: { sum: 15 }",
    to: "date: «2026-13-02\n        results: { sum: 15 }",
    code: "value.invalid",
    path: "cases.small.recorded[0].date",
  },
];

/** The changed file, and where its fault must stand. */
function change(bad: Bad): { text: string; place: string } {
  const text = SAMPLE.replace(bad.from, () => bad.to.replace("«", ""));
  if (bad.place !== undefined) return { text, place: bad.place };
  const at = SAMPLE.indexOf(bad.from) + bad.to.indexOf("«");
  const before = text.slice(0, at).split("\n");
  return { text, place: `${before.length}:${before.at(-1)!.length + 1}` };
}

describe("a bad app file", () => {
  test.each(BAD)("$name", (bad) => {
    expect(SAMPLE.split(bad.from), `"${bad.from}" must be in the sample`).not.toHaveLength(1);
    expect(bad.to.includes("«") || bad.place !== undefined, "the place must be given").toBe(true);
    const { text, place } = change(bad);
    const { app, faults } = readSample(text);
    const lines = faults.map((fault) => `${fault.place?.line}:${fault.place?.column} ${fault.code} ${fault.path}`);
    expect(lines).toContain(`${place} ${bad.code} ${bad.path}`);
    expect(app).toBeUndefined();
    const fault = faults[lines.indexOf(`${place} ${bad.code} ${bad.path}`)];
    expect(fault?.message).not.toBe("");
    if (bad.fix !== undefined) expect(fault?.fix).toBe(bad.fix);
  });

  test("there are at least 30 kinds of them, of at least 15 codes", () => {
    expect(new Set(BAD.map((bad) => bad.name)).size).toBeGreaterThanOrEqual(30);
    expect(new Set(BAD.map((bad) => bad.code)).size).toBeGreaterThanOrEqual(15);
  });

  test("a fault inside a template stands in the template", () => {
    const { faults } = readSample(SAMPLE, { ...SAMPLE_FILES, "square.txt": "first\n  {{ sise }} and {{ size\n" });
    expect(faults.map((fault) => `${fault.place?.file}:${fault.place?.line}:${fault.place?.column} ${fault.code} ${fault.fix}`)).toEqual([
      "sample/square.txt:2:3 app.placeholder Did you mean {{ size }}?",
      "sample/square.txt:2:18 app.placeholder Write {{ name }} with the name of a parameter, or job.cores, job.memory_mib, job.time_limit_s.",
    ]);
  });

  test("several faults come in one answer, in the order of the file", () => {
    const text = SAMPLE.replace("--count={{ count }}", "--count={{ cuont }}").replace("size: 5 }", "size: 500 }").replace("copy: extra.sh", "copy: gone.sh");
    expect(readSample(text).faults.map((fault) => `${fault.place?.line} ${fault.code}`)).toEqual([
      "20 app.parameter-unknown",
      "43 app.file-missing",
      "44 app.placeholder",
      "77 value.range",
    ]);
  });

  test("a parameter that nothing uses and an app without a case are warned of, not refused", () => {
    const unused = readSample(SAMPLE.replace('"--count={{ count }}"', '"--count"'));
    expect(unused.app).toBeDefined();
    expect(unused.faults.map((fault) => `${fault.severity} ${fault.place?.line}:${fault.place?.column} ${fault.path}`)).toEqual([
      "warning 20:3 parameters.count",
    ]);
    const without = readSample(SAMPLE.slice(0, SAMPLE.indexOf("cases:")));
    expect(without.app).toBeDefined();
    expect(without.faults.map((fault) => `${fault.severity} ${fault.code}`)).toEqual(["warning key.missing"]);
  });
});

test("the sample itself is good", () => {
  const { app, faults } = readSample();
  expect(faults).toEqual([]);
  expect(app?.file.resources).toEqual({ cores: 2, cores_max: 8, memory: 1024, time_limit: 300 });
});
