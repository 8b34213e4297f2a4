import {
  checkRunParameters,
  coresFault,
  defaultResources,
  expectedWords,
  judgeRun,
  layOutRun,
  missingNeeds,
  needsOf,
  observeRun,
  packagesFor,
  probe,
  renderRun,
  type App,
  type Catalogue,
  type Judgement,
  type Need,
  type RunPlan,
} from "#app";
import type { AppAsk, AppFault, AppFaults, AppPlan, JobApp, JobApps, Verdict } from "./ports.ts";

/**
 * The app room's catalogue as the job room sees it: one call that reads a job's wishes, one that lays out its files, one that judges.
 * `path` is the PATH of the jobs: what a run needs and is not there refuses it before any money is reserved. Null asks nothing of the machine.
 */
export function jobApps(catalogue: Pick<Catalogue, "names" | "find">, path: string | null = null): JobApps {
  return {
    names: () => catalogue.names(),
    find: (name) => {
      const app = catalogue.find(name);
      return app === undefined ? undefined : jobApp(app, path);
    },
    // Files that people gave are staged like inputs, under the account of the job.
    layOut: (plan, folder) => layOutRun(asRunPlan(plan), folder, { given: false }),
    judge: async (plan, where, end) => verdictOf(judgeRun(asRunPlan(plan), await observeRun(asRunPlan(plan), where, end))),
  };
}

/** What stands in a job's spec was put there by `prepare`. */
function asRunPlan(plan: unknown): RunPlan {
  return plan as RunPlan;
}

function jobApp(app: App, path: string | null): JobApp {
  return { name: app.file.name, cases: Object.keys(app.file.cases), prepare: (ask) => prepare(app, ask, path) };
}

function prepare(app: App, ask: AppAsk, path: string | null): AppPlan | AppFaults {
  const usual = defaultResources(app.file, ask.case);
  const resources = { cores: ask.cores ?? usual.cores, memory: ask.memory ?? usual.memory, timeLimit: ask.timeLimit ?? usual.timeLimit };
  const checked = checkRunParameters(app, ask.case, ask.parameters);
  const faults: AppFault[] = checked.faults.map((fault) => ({
    code: fault.code,
    path: ["parameters", fault.parameter],
    message: fault.message,
    fix: fault.fix,
    at: fault.at,
  }));
  const tooMany = coresFault(app.file, resources.cores);
  if (tooMany !== undefined) faults.push({ ...tooMany, path: ["resources", "cores"], at: "value" });
  if (checked.values !== undefined && path !== null) faults.push(...lacking(app, needsOf(app.file, { values: checked.values, cores: resources.cores }), path));
  if (checked.values === undefined || faults.length > 0) return { kind: "faults", faults };
  const plan = renderRun(app, { case: ask.case, values: checked.values, ...resources });
  return {
    kind: "plan",
    ...resources,
    parameters: plan.parameters,
    command: plan.argv,
    environment: plan.environment,
    given: plan.files.flatMap((file) => (file.kind === "given" ? [{ path: file.path, from: file.from, parameter: file.parameter }] : [])),
    outputs: plan.outputs,
    plan,
  };
}

function lacking(app: App, needs: readonly Need[], path: string): AppFault[] {
  const missing = missingNeeds(needs, probe(needs, path));
  if (missing.length === 0) return [];
  const packages = packagesFor(missing);
  const fix = packages.length === 0 ? null : `Debian, Ubuntu: apt-get install --no-install-recommends ${packages.join(" ")}`;
  return [
    {
      code: "app.needs-missing",
      path: ["app"],
      message: `${app.file.name} needs ${missing.map((need) => need.name).join(", ")}, which this machine does not have`,
      fix,
      at: "value",
    },
  ];
}

function verdictOf(judgement: Judgement): Verdict {
  return {
    ok: judgement.verdict === "correct" || judgement.verdict === "completed",
    reason: judgement.summary,
    values: judgement.results.map((result) => ({
      name: result.name,
      value: result.value,
      unit: result.unit,
      expected: expectedWords(result),
      ok: result.ok,
      words: result.words,
    })),
  };
}
