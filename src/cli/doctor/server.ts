import { createServer } from "node:net";
import { formatAddress } from "#config";
import { readyShape, problemShape, healthShape } from "#server/contract";
import { findEndpoint, processRuns, readServerFile } from "../endpoint.ts";
import { Problem } from "#kernel";
import { fail, ok, warn, type Finding, type Look, type Patient } from "./finding.ts";

const ANSWER_MS_MAX = 3000;
/** Codes and sessions last minutes: a clock that differs more than this from the server's makes them odd. */
const CLOCK_MS_MAX = 30_000;

/** The server that commands talk to, and whether it can do its work. Where none runs: whether one could listen. */
export const lookAtServer: Look = async (patient) => {
  const { config } = patient;
  const own = readServerFile(config.state);
  const url = config.server.url ?? own?.url ?? null;
  if (url === null || (config.server.url === null && own !== null && !processRuns(own.pid))) {
    return [warn("server", `none runs on ${config.state}`, "headgate start, or headgate server."), await lookAtPort(patient)];
  }
  const answer = await ask(`${url}/health`);
  if (answer === null)
    return fail(
      "server",
      `${url} does not answer`,
      own === null ? "Check the address." : `See what process ${own.pid} does; its log is in ${config.state}/log. Then stop it and start it again.`,
    );
  const health = healthShape.safeParse(answer.body);
  if (!health.success) return fail("server", `${url} is not a Headgate`, "Check the address (headgate config show).");
  const findings: Finding[] = [judgeVersion(url, health.data.version, patient.version), await lookAtReady(url), lookAtAccess(patient)];
  const skewMs = answer.date === null ? 0 : Math.abs(Date.now() - answer.date);
  if (skewMs > CLOCK_MS_MAX)
    findings.push(warn("server clock", `differs from this machine's by ${Math.round(skewMs / 1000)} s`, "Set both clocks: timedatectl set-ntp true."));
  return findings;
};

export function judgeVersion(url: string, theirs: string, ours: string): Finding {
  return theirs === ours
    ? ok("server", `${url}, version ${theirs}`)
    : warn("server", `${url}, version ${theirs}; this command is ${ours}`, "Restart the server with this version, or use the command of that one.");
}

async function lookAtReady(url: string): Promise<Finding> {
  const answer = await ask(`${url}/ready`);
  const ready = readyShape.safeParse(answer?.body);
  if (ready.success)
    return ok(
      "server parts",
      Object.entries(ready.data.checks)
        .map(([name, words]) => `${name}: ${words}`)
        .join(", "),
    );
  const problem = problemShape.safeParse(answer?.body);
  return problem.success ? fail("server parts", problem.data.detail, problem.data.fix) : fail("server parts", "no answer", `Look into the log of the server.`);
}

function lookAtAccess({ config }: Patient): Finding {
  try {
    findEndpoint(config);
    return ok("token", "there is one for this server");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return fail("token", error.detail, error.fix);
  }
}

async function lookAtPort({ config }: Patient): Promise<Finding> {
  const { host, port } = config.server.listen;
  const shown = formatAddress(config.server.listen);
  if (port === null) return ok("port", shown);
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const probe = createServer();
    probe.once("error", resolve);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(null)));
  });
  switch (error?.code) {
    case undefined:
      return ok("port", `${shown} is free`);
    case "EADDRINUSE":
      return fail("port", `${shown} is taken by another program`, "Stop that one (ss -ltnp shows it), or choose another with server.listen.");
    case "EACCES":
      return fail("port", `${shown} needs root`, "Choose a port above 1023 with server.listen.");
    default:
      return fail("port", `${shown}: ${error?.message}`, "Give an address of this machine in server.listen.");
  }
}

async function ask(url: string): Promise<{ body: unknown; date: number | null } | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX), redirect: "error" });
    const date = Date.parse(response.headers.get("date") ?? "");
    return { body: await response.json().catch(() => null), date: Number.isNaN(date) ? null : date };
  } catch {
    return null;
  }
}
