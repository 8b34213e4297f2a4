/**
 * A real Slurm cluster on this one machine, from nothing: munge, slurmctld, one slurmd a node, and where asked for
 * MariaDB with slurmdbd. It needs root and Debian's packages, and neither systemd nor cgroups nor containers.
 *
 * Everything lies in a fresh folder, on free ports, with a munge key of its own, so that several clusters and the machine's
 * own Slurm do not meet. Every process is started and ended by its pid.
 */
import { accessSync, chmodSync, chownSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import { delimiter, join } from "node:path";
import { daemonsOf, killMarked, type Daemons } from "../daemons.ts";
import { freePorts } from "../ports.ts";
import { output, runProgram, type Ended, type RunOptions } from "../../../tools/lib/program.ts";
import { associate, startAccounting } from "./accounting.ts";
import { cgroupConf, nodeName, NODES_MAX, PORTS_PER_CLUSTER, SLURM_USER, slurmConf, type Cluster } from "./config.ts";

export type SlurmBedOptions = {
  readonly nodes?: number;
  /** CPUs that each node pretends to have. */
  readonly cpus?: number;
  /** MariaDB and slurmdbd, so that sacct and account limits work. Six seconds more. */
  readonly accounting?: boolean;
  /** Unprivileged users of this machine who may submit; made where they do not exist. */
  readonly users?: readonly string[];
  /** Slurm accounts; every user is in each. Only with accounting. */
  readonly accounts?: readonly string[];
  /** Lines of slurm.conf that replace or add to the bed's own. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type SlurmBed = {
  /** The path of slurm.conf; `SLURM_CONF` for any program that is to use this cluster. */
  readonly conf: string;
  /** A folder that every user may write to; programs start in it. */
  readonly work: string;
  /** As slurmctld says it, e.g. `22.05.8`. */
  readonly version: string;
  /** Runs a program that finds this cluster, as root or as one of the users; never throws for an exit code. */
  run(argv: readonly [string, ...string[]], options?: RunOptions & { readonly user?: string }): Promise<Ended>;
  /** Ends every job and process of the cluster and removes its folder. */
  down(): Promise<void>;
};

const PROGRAMS = ["munged", "slurmctld", "slurmd", "slurmdbd", "sbatch", "sacct", "mariadbd", "mariadb-install-db"];

/** Daemons are in sbin, which a user's PATH may lack. */
const PATH = [process.env["PATH"], "/usr/sbin", "/sbin"].join(delimiter);

/** Beds lie directly in /tmp: the slurm user and the job users must be able to enter every folder of the path. */
const PREFIX = "/tmp/headgate-slurm-";

/** Why there can be no cluster here as one sentence, or null when there can. */
export function slurmMissing(): string | null {
  if (process.getuid?.() !== 0) return "a Slurm cluster needs root";
  const absent = PROGRAMS.filter((program) => !PATH.split(delimiter).some((folder) => existsSync(join(folder, program))));
  return absent.length === 0 ? null : `Slurm's ${absent.join(", ")} not installed`;
}

export async function slurmBed(options: SlurmBedOptions = {}): Promise<SlurmBed> {
  const missing = slurmMissing();
  if (missing !== null) throw new Error(missing);
  sweep();
  const folder = freshFolder();
  const work = join(folder, "work");
  const daemons = daemonsOf(folder);
  const block = await freePorts(PORTS_PER_CLUSTER);
  const environment = { SLURM_CONF: join(folder, "etc", "slurm.conf"), PATH };

  async function down(): Promise<void> {
    await endJobs(environment);
    await daemons.stopAll();
    block.release();
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    const cluster = await describe(folder, block.base, options);
    await startUsers(options.users ?? []);
    await start(cluster, daemons, environment, options);
  } catch (error) {
    await daemons.stopAll();
    block.release();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const version = (await output(["slurmctld", "-V"], { env: environment })).replace(/^\S+ /, "");
  return {
    conf: environment.SLURM_CONF,
    work,
    version,
    run: async (argv, { user, ...rest } = {}) => {
      const as = user === undefined ? argv : ([...(await becoming(user)), ...argv] as const);
      return await runProgram(as, { cwd: work, ...rest, env: { ...environment, ...rest.env } });
    },
    down,
  };
}

async function describe(folder: string, portBase: number, options: SlurmBedOptions): Promise<Cluster> {
  const nodes = options.nodes ?? 2;
  if (nodes < 1 || nodes > NODES_MAX) throw new Error(`a bed has 1 to ${NODES_MAX} nodes, not ${nodes}`);
  const said = await output(["slurmctld", "-V"], { env: { PATH } });
  const release = /(\d+)\.(\d+)/.exec(said);
  if (release === null) throw new Error(`slurmctld says no version: ${said}`);
  const host = hostname().split(".")[0]!;
  const address = await lookup(host, 4).catch(() => null);
  return {
    folder,
    portBase,
    host,
    hostIsLoopback: address?.address.startsWith("127.") ?? false,
    release: Number(release[1]) * 100 + Number(release[2]),
    pluginFolder: pluginFolder(),
    nodes,
    cpus: options.cpus ?? 4,
    accounting: options.accounting ?? false,
    settings: options.settings ?? {},
  };
}

/** Debian keeps the plugins under the architecture's own library folder. */
function pluginFolder(): string {
  const libraries = readdirSync("/usr/lib", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found = libraries.map((entry) => join("/usr/lib", entry.name, "slurm-wlm")).find((folder) => existsSync(folder));
  if (found === undefined) throw new Error("no folder /usr/lib/*/slurm-wlm: is slurm-wlm-basic-plugins installed?");
  return found;
}

function freshFolder(): string {
  accessSync("/tmp", constants.W_OK);
  const folder = mkdtempSync(PREFIX);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "owner"), String(process.pid));
  for (const name of ["etc", "run", "log", "save", "spool", "munge", "db", "work"]) mkdirSync(join(folder, name));
  chmodSync(join(folder, "munge"), 0o711);
  chmodSync(join(folder, "work"), 0o1777);
  return folder;
}

/** Removes what test runs left behind that were killed: their processes first, then their folders. */
function sweep(): void {
  const parent = PREFIX.slice(0, PREFIX.lastIndexOf("/"));
  for (const name of readdirSync(parent).filter((entry) => join(parent, entry).startsWith(PREFIX))) {
    const folder = join(parent, name);
    if (ownerIsAlive(folder)) continue;
    killMarked(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

function ownerIsAlive(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, "owner"), "utf8")), 0);
    return true;
  } catch (error) {
    // A folder without an owner is one that is being made right now.
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

async function startUsers(users: readonly string[]): Promise<void> {
  for (const user of users) {
    const known = await runProgram(["id", "-u", user]);
    if (known.code !== 0) await output(["useradd", "--create-home", "--shell", "/bin/sh", user], { env: { PATH } });
  }
}

async function start(cluster: Cluster, daemons: Daemons, environment: { SLURM_CONF: string; PATH: string }, options: SlurmBedOptions): Promise<void> {
  const { folder } = cluster;
  const slurmUid = Number(await output(["id", "-u", SLURM_USER]));
  for (const name of ["save", "log", "run"]) chownSync(join(folder, name), slurmUid, 0);
  writeFileSync(environment.SLURM_CONF, slurmConf(cluster));
  writeFileSync(join(folder, "etc", "cgroup.conf"), cgroupConf(cluster.release));
  await startMunge(folder, daemons, environment);
  if (cluster.accounting) {
    await startAccounting(cluster, daemons, environment, slurmUid);
    await associate({ accounts: options.accounts ?? ["bed"], users: options.users ?? [] }, environment);
  }
  daemons.start("slurmctld", ["slurmctld", "-D"], environment);
  await daemons.waitFor("slurmctld", 30_000, async () => (await runProgram(["scontrol", "ping"], { env: environment, timeoutMs: 5000 })).code === 0);
  for (let index = 0; index < cluster.nodes; index += 1) {
    const name = nodeName(index);
    daemons.start(`slurmd-${name}`, ["slurmd", "-D", "-N", name], environment);
  }
  await daemons.waitFor(`${cluster.nodes} nodes`, 60_000, async () => {
    const { stdout } = await runProgram(["sinfo", "-h", "-t", "idle", "-o", "%D"], { env: environment, timeoutMs: 5000 });
    return Number(stdout.trim()) === cluster.nodes;
  });
}

async function startMunge(folder: string, daemons: Daemons, environment: Readonly<Record<string, string>>): Promise<void> {
  const munge = join(folder, "munge");
  writeFileSync(join(munge, "key"), randomBytes(1024), { mode: 0o600 });
  const files = [
    `--key-file=${munge}/key`,
    `--socket=${munge}/socket`,
    `--pid-file=${munge}/pid`,
    `--seed-file=${munge}/seed`,
    `--log-file=${folder}/log/munged.log`,
  ];
  daemons.start("munged", ["munged", "--foreground", "--force", "--num-threads=4", ...files], environment);
  await daemons.waitFor(
    "munge",
    10_000,
    async () => (await runProgram(["munge", "-n", "-S", join(munge, "socket")], { env: environment, timeoutMs: 5000 })).code === 0,
  );
}

/** The words before a program that make it run as a user, with the groups of that user. */
async function becoming(user: string): Promise<[string, ...string[]]> {
  return ["setpriv", `--reuid=${user}`, `--regid=${await output(["id", "-g", user])}`, "--init-groups"];
}

/** Cancels what is left, so that no job outlives its cluster; bounded, because the controller may be gone already. */
async function endJobs(environment: Readonly<Record<string, string>>): Promise<void> {
  const options = { env: environment, timeoutMs: 10_000 };
  await runProgram(["scancel", "--quiet", "--partition=main"], options);
  for (let round = 0; round < 50; round += 1) {
    const left = await runProgram(["squeue", "-h", "-t", "RUNNING,COMPLETING"], options);
    if (left.code !== 0 || left.stdout.trim() === "") return;
  }
}
