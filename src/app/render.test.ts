import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mib, seconds } from "#kernel";
import { checkRunParameters, type App } from "./app.ts";
import { fillIn, placeholderNames } from "./placeholder.ts";
import { coresFault, defaultResources, renderRun, type RunPlan } from "./render.ts";
import { SAMPLE, readSample, sampleApp } from "./test-sample.ts";

function render(app: App, given: Record<string, unknown> = {}, cores = 2, name: string | null = null): RunPlan {
  const { values } = checkRunParameters(app, name, given);
  return renderRun(app, { case: name, values: values!, cores, memory: mib(1024), timeLimit: seconds(300) });
}

describe("rendering a run", () => {
  test("fills in the files and words that its parameters choose, and copies what is not a template", () => {
    const plan = render(sampleApp(), { size: 2.5 });
    expect(plan.files).toEqual([
      { kind: "text", path: "input.txt", text: "round 2.5\n" },
      { kind: "text", path: "extra.sh", text: "echo {{ this is not a template }}\n" },
    ]);
    expect(plan.argv).toEqual(["mpirun", "-n", "2", "adder", "input.txt", "--count=3"]);
    expect(plan.environment["ADDER_CORES"]).toBe("2");
    expect(render(sampleApp(), { shape: "square" }).files[0]).toMatchObject({ text: "square 10 on 2\n" });
  });

  test("one rank is started without a launcher, and thread libraries are held to their share", () => {
    const alone = render(sampleApp(), {}, 1);
    expect(alone.argv[0]).toBe("adder");
    expect(alone.environment["OMP_NUM_THREADS"]).toBe("1");
    const threads = render(sampleApp(SAMPLE.replace("parallelism: mpi", "parallelism: openmp")), {}, 4);
    expect(threads.argv[0]).toBe("adder");
    expect(threads.environment).toMatchObject({ OMP_NUM_THREADS: "4", OPENBLAS_NUM_THREADS: "4" });
    expect(threads.environment["OMPI_ALLOW_RUN_AS_ROOT"]).toBeUndefined();
  });

  test("MPI may run as root, in containers, beside others", () => {
    expect(render(sampleApp(), {}, 2).environment).toMatchObject({
      OMPI_ALLOW_RUN_AS_ROOT: "1",
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
      OMPI_MCA_hwloc_base_binding_policy: "none",
      OMPI_MCA_mpi_yield_when_idle: "1",
    });
  });

  test("the app's own environment wins", () => {
    const app = sampleApp(SAMPLE.replace("    ADDER_CORES:", '    OMP_NUM_THREADS: "7"\n    ADDER_CORES:'));
    expect(render(app).environment["OMP_NUM_THREADS"]).toBe("7");
  });

  test("a plan is plain JSON", () => {
    const plan = render(sampleApp(), {}, 2, "small");
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test("the model's seconds follow parameters and cores by Amdahl's law", () => {
    expect(render(sampleApp(), { size: 10 }, 1).modelSeconds).toBeCloseTo(2 + 4);
    expect(render(sampleApp(), { size: 20 }, 1).modelSeconds).toBeCloseTo(2 + 16);
    expect(render(sampleApp(), { size: 20, shape: "square" }, 4).modelSeconds).toBeCloseTo(2 + 48 * (0.5 + 0.125));
  });

  test("a recorded value counts for exactly its parameters, whether the case is named or not", () => {
    const expected = (given: Record<string, unknown>, name: string | null) =>
      render(sampleApp(), given, 1, name)
        .checks.find((check) => check.name === "sum")!
        .expected.map((one) => one.value);
    expect(expected({}, "small")).toEqual([15]);
    expect(expected({ size: 5 }, null)).toEqual([15]);
    expect(expected({ count: 4 }, "small")).toEqual([20]);
    expect(expected({ size: 6 }, "small")).toEqual([]);
    expect(expected({}, null)).toEqual([]);
  });

  test("a case's resources win over the app's, and the most cores are held to", () => {
    const app = sampleApp(SAMPLE.replace("    parameters: { size: 5 }", "    parameters: { size: 5 }\n    resources: { cores: 4, time_limit: 1h }"));
    expect(defaultResources(app.file, "small")).toEqual({ cores: 4, memory: 1024, timeLimit: 3600 });
    expect(defaultResources(app.file, null)).toEqual({ cores: 2, memory: 1024, timeLimit: 300 });
    expect(coresFault(app.file, 8)).toBeUndefined();
    expect(coresFault(app.file, 9)).toMatchObject({ code: "value.range", fix: "Ask for at most 8." });
  });

  test("a given file is laid out under its own name, which is what its placeholder says; a case's file comes from the app's folder", () => {
    const text = SAMPLE.replace("needs:\n", "  structure:\n    type: file\n    description: The atoms\n    as: atoms/in.xyz\nneeds:\n")
      .replace("input.txt, ", 'input.txt, "{{ structure }}", ')
      .replace("parameters: { size: 5 }", "parameters: { size: 5, structure: extra.sh }");
    const app = readSample(text).app!;
    const plan = render(app, { structure: "/home/maria/my water.xyz" }, 1);
    expect(plan.files.at(-1)).toEqual({ kind: "given", path: "atoms/in.xyz", from: "/home/maria/my water.xyz", parameter: "structure" });
    expect(plan.argv).toContain("atoms/in.xyz");
    expect(render(app, {}, 1, "small").files.at(-1)).toMatchObject({ kind: "given", from: "/apps/sample/extra.sh" });
  });
});

describe("placeholders", () => {
  test("a value is put in as it is and never read again", () => {
    expect(fillIn("a {{ x }} b {{y}}", { x: "{{ y }}", y: "$& $1" })).toBe("a {{ y }} b $& $1");
  });

  test("text without braces comes through unchanged", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes("{{"));
        expect(fillIn(text, {})).toBe(text);
        expect(placeholderNames(text)).toEqual([]);
      }),
    );
  });
});
