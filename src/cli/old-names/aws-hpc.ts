import { later, type OldProgram } from "./line.ts";

const LOCAL = "Headgate runs jobs on this machine so far: headgate job submit CASE.";

/** aws-hpc (later atom), the application platform: every line of its documents. */
export const AWS_HPC: OldProgram = {
  globalFlags: {
    "-v": { becomes: "--verbose", takesValue: false },
    "--verbose": { becomes: "--verbose", takesValue: false },
  },
  lines: [
    { line: "app validate", becomes: "app validate" },
    { line: "app list", becomes: "app list" },
    { line: "app info", becomes: "app info" },
    { line: "app version", becomes: "app info" },
    ...later(["app build", "app deploy"], "app image", "Codes are run as this machine has them installed: headgate app info APP says how."),
    {
      line: "job submit",
      becomes: "job submit",
      flags: { "--vcpus": "--cores" },
      notWith: ["--env", "--arch", "--input", "--output", "--config"],
      now: "Put inputs into a job file (headgate schema job) and type headgate job submit -f FILE.",
    },
    ...later(["job submit-array"], null, "Type headgate job submit CASE --array 0-9."),
    { line: "job status", becomes: "job status" },
    { line: "job logs", becomes: "job logs" },
    { line: "job cancel", becomes: "job cancel" },
    { line: "job list", becomes: "job list", flags: { "--status": "--state" } },
    ...later(["cost estimate"], null, "Type headgate job submit CASE --dry-run: how long, what it will probably cost, and what it can cost at most."),
    ...later(["cost analyze", "cost optimize"], "advice", "Type headgate budget journal ACCOUNT, or headgate job cost JOB."),
    ...later(["base list", "base build", "base info", "base-images list"], "app image", LOCAL),
    ...later(["lab deploy"], "cluster create", LOCAL),
    ...later(["admin add-user"], "people add", "Name the person in a lab file (headgate schema lab), or send POST /api/v1/people."),
    ...later(["admin create-department"], "budget account", "Name the department in a lab file (headgate schema lab) and open it with headgate start."),
    ...later(["admin report costs", "admin report"], "budget report", "Type headgate budget accounts: what every department and project has spent."),
    ...later(["platform deploy"], "cluster create", LOCAL),
    { line: "version", becomes: "version" },
  ],
};
