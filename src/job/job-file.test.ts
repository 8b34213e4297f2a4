import { describe, expect, test } from "vitest";
import { byPlace } from "#document";
import { jobFileJsonSchema, readJobFile } from "./job-file.ts";

/** Faults in the order of the file, as `line:column code path`. */
function faults(text: string): string[] {
  return byPlace(readJobFile(text, "job.yaml").faults).map((fault) => `${fault.place?.line}:${fault.place?.column} ${fault.code} ${fault.path}`.trim());
}

const fixes = (text: string) => byPlace(readJobFile(text, "job.yaml").faults).map((fault) => fault.fix);

const GOOD = `name: silicon
app: quantum-espresso
case: silicon-scf
parameters: {ecutwfc: 24}
resources: {cores: 2, memory: 2G, gpus: 0}
time_limit: 3m
project: materials
inputs:
  - Si.UPF
  - {path: data/k.txt, as: k/points.txt, sha256: ${"a".repeat(64)}}
outputs: ["*.out", "tmp/**/*.xml"]
array: 0-9%3
depends_on: {afterok: [1841, "1842"], afterany: 7}
retries: {count: 2, on: [timeout, lost]}
environment: {SPIN: 1, LABEL: si, FAST: true}
`;

test("a good file gives everything it asks for", () => {
  const { request, faults: none } = readJobFile(GOOD, "job.yaml");
  expect(none).toEqual([]);
  expect(request).toEqual({
    name: "silicon",
    app: "quantum-espresso",
    case: "silicon-scf",
    command: null,
    parameters: { ecutwfc: 24 },
    cores: 2,
    memory: 2048,
    timeLimit: 180,
    project: "materials",
    inputs: [
      { path: "Si.UPF", as: "Si.UPF", sha256: null },
      { path: "data/k.txt", as: "k/points.txt", sha256: "a".repeat(64) },
    ],
    outputs: ["*.out", "tmp/**/*.xml"],
    array: { text: "0-9%3", indices: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], throttle: 3 },
    dependencies: [
      { kind: "afterok", number: "1841" },
      { kind: "afterok", number: "1842" },
      { kind: "afterany", number: "7" },
    ],
    retry: { count: 2, on: ["timeout", "lost"] },
    environment: { SPIN: "1", LABEL: "si", FAST: "true" },
  });
});

test("a command may be words, or one text for sh; a number of retries is for every cause; JSON is YAML", () => {
  expect(readJobFile("command: [echo, hi]\ntime_limit: 90s\nretries: 2\n", "job.yaml").request).toMatchObject({
    command: ["echo", "hi"],
    timeLimit: 90,
    retry: { count: 2, on: ["failed", "timeout", "lost"] },
  });
  expect(readJobFile("command: echo $HOME\ntime_limit: 90s\n", "job.yaml").request.command).toEqual(["/bin/sh", "-c", "echo $HOME"]);
  expect(readJobFile('{"command": ["true"], "time_limit": "1-00:00:00"}', "job.json")).toMatchObject({ faults: [], request: { timeLimit: 86_400 } });
});

/** Each is named by what is wrong with it. The base is `app: x` unless the case brings its own. */
const BAD: readonly (readonly [string, string, readonly string[]])[] = [
  ["an empty file", "", ["1:1 key.missing"]],
  ["only a comment", "# nothing\n", ["1:1 key.missing"]],
  ["a list", "- app: x\n", ["1:1 value.type"]],
  ["a single word", "hello\n", ["1:1 value.type"]],
  ["no app and no command", "name: a\n", ["1:1 key.missing"]],
  ["an app and a command", "app: x\ncommand: [a]\ntime_limit: 1m\n", ["2:1 key.conflict command"]],
  ["a command without a time limit", "command: [a]\n", ["1:1 key.missing"]],
  ["parameters without an app", "command: [a]\ntime_limit: 1m\nparameters: {a: 1}\n", ["3:1 key.conflict parameters"]],
  ["a case without an app", "command: [a]\ntime_limit: 1m\ncase: b\n", ["3:1 key.conflict case"]],
  ["a tab as indent", "app: x\nresources:\n\tcores: 1\n", ["3:1 yaml.tab"]],
  ["a quote that does not end", 'app: "x\n', ["2:1 yaml.syntax"]],
  ["a bracket that does not end", "app: x\noutputs: [a\n", ["3:1 yaml.syntax"]],
  ["two documents", "app: x\n---\napp: y\n", ["2:1 yaml.documents"]],
  ["a key written twice", "app: x\napp: y\n", ["2:1 yaml.duplicate-key"]],
  ["a misspelt key", "app: x\nretires: 3\n", ["2:1 key.unknown retires"]],
  ["a misspelt key two levels down", "app: x\nresources: {coers: 2}\n", ["2:13 key.unknown resources.coers"]],
  ["a key of sbatch", "app: x\nntasks: 4\n", ["2:1 key.unknown ntasks"]],
  ["several unknown keys", "app: x\nfoo: 1\nbar: 2\n", ["2:1 key.unknown foo", "3:1 key.unknown bar"]],
  ["an app that is a number", "app: 7\n", ["1:6 value.type app"]],
  ["an app with capitals", "app: GROMACS\n", ["1:6 value.name app"]],
  ["an app that is a path", "app: ../x\n", ["1:6 value.name app"]],
  ["an empty app", 'app: ""\n', ["1:6 value.name app"]],
  ["a case that is a number", "app: x\ncase: 3\n", ["2:7 value.type case"]],
  ["an empty name", 'app: x\nname: ""\n', ["2:7 value.range name"]],
  ["a name with a line break", 'app: x\nname: "a\\nb"\n', ["2:7 value.invalid name"]],
  ["a name that is too long", `app: x\nname: ${"n".repeat(121)}\n`, ["2:7 value.range name"]],
  ["parameters that are a list", "app: x\nparameters: [1, 2]\n", ["2:13 value.type parameters"]],
  ["no cores", "app: x\nresources: {cores: 0}\n", ["2:20 value.range resources.cores"]],
  ["half a core", "app: x\nresources: {cores: 1.5}\n", ["2:20 value.type resources.cores"]],
  ["cores in words", "app: x\nresources: {cores: two}\n", ["2:20 value.type resources.cores"]],
  ["more cores than anything has", "app: x\nresources: {cores: 99999999}\n", ["2:20 value.range resources.cores"]],
  ["memory in words", "app: x\nresources: {memory: lots}\n", ["2:21 value.memory resources.memory"]],
  ["memory of nothing", "app: x\nresources: {memory: 0}\n", ["2:21 value.memory resources.memory"]],
  ["a GPU where there is none", "app: x\nresources: {gpus: 1}\n", ["2:19 job.gpus resources.gpus"]],
  ["a negative number of GPUs", "app: x\nresources: {gpus: -1}\n", ["2:19 value.range resources.gpus"]],
  ["resources that are a number", "app: x\nresources: 4\n", ["2:12 value.type resources"]],
  ["no end of time", "app: x\ntime_limit: UNLIMITED\n", ["2:13 value.time time_limit"]],
  ["a time of nothing", "app: x\ntime_limit: 0\n", ["2:13 value.time time_limit"]],
  ["a time in words", "app: x\ntime_limit: soon\n", ["2:13 value.time time_limit"]],
  ["a negative time", "app: x\ntime_limit: -5m\n", ["2:13 value.time time_limit"]],
  ["a project that is no name", "app: x\nproject: My Lab\n", ["2:10 value.name project"]],
  ["an input without a path", "app: x\ninputs: [{as: a}]\n", ["2:10 key.missing inputs[0].path"]],
  ["an input put outside", "app: x\ninputs: [{path: a, as: ../b}]\n", ["2:24 job.path-outside inputs[0].as"]],
  ["an input put at an absolute path", "app: x\ninputs: [{path: a, as: /etc/passwd}]\n", ["2:24 job.path-outside inputs[0].as"]],
  ["an input that gives no name", "app: x\ninputs: [..]\n", ["2:10 job.path-outside inputs[0]"]],
  ["two inputs of one name", "app: x\ninputs:\n  - a/b\n  - c/b\n", ["4:5 value.duplicate inputs[1]"]],
  ["a checksum that is none", "app: x\ninputs: [{path: a, sha256: abc}]\n", ["2:28 value.invalid inputs[0].sha256"]],
  ["inputs that are one word", "app: x\ninputs: a\n", ["2:9 value.type inputs"]],
  ["an output outside", "app: x\noutputs: ['ok/*', '../*']\n", ["2:19 job.path-outside outputs[1]"]],
  ["an absolute output", "app: x\noutputs: [/tmp/x]\n", ["2:11 job.path-outside outputs[0]"]],
  ["an array that runs backwards", "app: x\narray: 5-1\n", ["2:8 job.array array"]],
  ["an array in words", "app: x\narray: all\n", ["2:8 job.array array"]],
  ["an array that is too long", "app: x\narray: 0-10000\n", ["2:8 job.array-too-large array"]],
  ["an array with a throttle of nothing", "app: x\narray: 0-9%0\n", ["2:8 job.array array"]],
  ["an array that is a list of YAML", "app: x\narray: [1, 2]\n", ["2:8 value.type array"]],
  ["a dependency on a word", "app: x\ndepends_on: {afterok: other}\n", ["2:23 value.invalid depends_on.afterok"]],
  ["a dependency on job 0", "app: x\ndepends_on: {afterok: [0]}\n", ["2:24 value.invalid depends_on.afterok[0]"]],
  ["an unknown kind of dependency", "app: x\ndepends_on: {after: 3}\n", ["2:14 key.unknown depends_on.after"]],
  ["a job named in two dependencies", "app: x\ndepends_on: {afterok: 3, afterany: 3}\n", ["2:36 value.duplicate depends_on.afterany"]],
  ["a dependency list that is empty", "app: x\ndepends_on: {afterok: []}\n", ["2:23 value.range depends_on.afterok"]],
  ["too many retries", "app: x\nretries: 11\n", ["2:10 value.range retries"]],
  ["a negative number of retries", "app: x\nretries: -1\n", ["2:10 value.range retries"]],
  ["a retry for a cause that is none", "app: x\nretries: {count: 1, on: [failure]}\n", ["2:26 value.invalid retries.on[0]"]],
  ["a retry without a number", "app: x\nretries: {on: [lost]}\n", ["2:10 key.missing retries.count"]],
  ["a variable that is no name", "app: x\nenvironment: {'1A': b}\n", ["2:21 job.environment environment.1A"]],
  ["a variable that is Headgate's own", "app: x\nenvironment: {HEADGATE_JOB: 5}\n", ["2:29 job.environment environment.HEADGATE_JOB"]],
  ["a variable that is a list", "app: x\nenvironment: {A: [1]}\n", ["2:18 value.type environment.A"]],
  ["an empty command", "command: []\ntime_limit: 1m\n", ["1:10 value.range command"]],
  ["a word of a command that is a number", "command: [sleep, 5]\ntime_limit: 1m\n", ["1:18 value.type command[1]"]],
  ["a zero byte in a command", 'command: ["a\\0b"]\ntime_limit: 1m\n', ["1:11 value.invalid command[0]"]],
  [
    "aliases without end",
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n",
    ["4:5 yaml.alias"],
  ],
  ["an anchor within itself", "app: x\nparameters: &a {b: *a}\n", ["2:20 yaml.alias"]],
  ["an alias without an anchor", "app: x\nparameters: {a: *cutoff, b: *cutof}\n", ["2:17 yaml.anchor", "2:29 yaml.anchor"]],
  ["an alias before its anchor", "app: *name\nname: &name x\n", ["1:6 yaml.anchor"]],
  ["the tag of another program", "app: x\nproject: !env PROJECT\n", ["2:15 yaml.tag"]],
  ["a tag that would make bytes of text", "app: x\nname: !!binary aGVhZA==\n", ["2:16 yaml.tag"]],
  ["a tag that would make an object", "app: x\nparameters: !!python/object {a: 1}\n", ["2:29 yaml.tag"]],
  ["YAML 1.1, in which no is false", "%YAML 1.1\n---\napp: no\ntime_limit: 1:30:00\n", ["1:1 yaml.version"]],
  ["more levels than anybody writes", `app: x\nparameters: {a: ${"[".repeat(120)}${"]".repeat(120)}}\n`, ["2:115 yaml.too-deep"]],
  ["more levels than can be read", `app: ${"[".repeat(20_000)}\n`, ["1:796 yaml.too-deep"]],
  ["a zero byte in the text", "app: x\nname: a\0b\n", ["2:8 file.encoding"]],
  ["the bell", "app: x\nname: a\u0007b\n", ["2:8 file.encoding"]],
  ["half of a character", "app: x\nname: \ud83d\n", ["2:7 file.encoding"]],
  ["an index above the highest", "app: x\narray: 5000000\n", ["2:8 job.array-too-large array"]],
  ["a no where a number is meant", "app: x\nresources: {gpus: no}\n", ["2:19 value.type resources.gpus"]],
  ["a merge key, which YAML 1.2 does not have", "app: x\nresources: {<<: {cores: 2}}\n", ["2:13 key.unknown resources.<<"]],
  ["more bytes than a file may have", `app: x\n#${"x".repeat(1024 * 1024)}\n`, ["1:1 file.too-large"]],
];

describe("a job file with", () => {
  test.each(BAD)("%s", (_what, text, expected) => expect(faults(text)).toEqual(expected));

  test("many faults names them all at once, in the order of the file", () => {
    expect(
      faults(
        "app: X\narray: 5-1\ninputs: [a/b, c/b]\nretires: 3\ntime_limit: UNLIMITED\nresources: {cores: 0, gpus: 2, mem: 3}\nenvironment: {HEADGATE_X: 1}\n",
      ),
    ).toEqual([
      "1:6 value.name app",
      "2:8 job.array array",
      "3:15 value.duplicate inputs[1]",
      "4:1 key.unknown retires",
      "5:13 value.time time_limit",
      "6:20 value.range resources.cores",
      "6:29 job.gpus resources.gpus",
      "6:32 key.unknown resources.mem",
      "7:27 job.environment environment.HEADGATE_X",
    ]);
  });
});

test("there are at least 60 bad files of at least 20 kinds", () => {
  expect(BAD.length).toBeGreaterThanOrEqual(60);
  expect(new Set(BAD.map(([what]) => what)).size).toBe(BAD.length);
  // By code alone: the same code at another key is not another kind.
  expect(new Set(BAD.flatMap(([, , expected]) => expected.map((fault) => fault.split(" ")[1]))).size).toBeGreaterThanOrEqual(24);
});

test("an unknown key names the nearest", () => {
  expect(fixes("app: x\nretires: 3\n")).toEqual(["Did you mean retries?"]);
  expect(fixes("app: x\nresources: {coers: 2}\n")).toEqual(["Did you mean cores?"]);
  expect(fixes("app: x\ntimelimit: 1m\n")).toEqual(["Did you mean time_limit?"]);
  expect(fixes("app: x\nretries: {count: 1, on: [timeouts]}\n")).toEqual(["Did you mean timeout?"]);
});

test("the JSON Schema says what may be written", () => {
  const schema = jobFileJsonSchema() as { type: string; additionalProperties: boolean; properties: Record<string, { description?: string }> };
  expect(schema).toMatchObject({ type: "object", additionalProperties: false });
  expect(Object.keys(schema.properties)).toEqual([
    "name",
    "app",
    "case",
    "command",
    "parameters",
    "resources",
    "time_limit",
    "project",
    "inputs",
    "outputs",
    "array",
    "depends_on",
    "retries",
    "environment",
  ]);
  expect(schema.properties["array"]?.description).toContain("%3");
});
