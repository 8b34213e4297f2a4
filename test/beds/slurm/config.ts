/** What a cluster is made of; every path is inside `folder`, every port is `portBase` and the 99 after it. */
export type Cluster = {
  readonly folder: string;
  readonly host: string;
  /** Whether the host's name leads to 127.x: only then can Slurm 22.05 be told to listen on the loopback alone. */
  readonly hostIsLoopback: boolean;
  readonly portBase: number;
  /** Slurm's release as a number: 2205, 2411. */
  readonly release: number;
  readonly pluginFolder: string;
  readonly nodes: number;
  readonly cpus: number;
  readonly accounting: boolean;
  /** Lines that replace or add to those below. */
  readonly settings: Readonly<Record<string, string>>;
};

export const SLURM_USER = "slurm";
export const ACCOUNTING_DATABASE = "slurm_acct_db";

export const ports = (base: number) => ({
  slurmctld: base,
  slurmdbd: base + 1,
  mariadb: base + 2,
  slurmd: (node: number) => base + 10 + node,
  srun: { first: base + 60, last: base + 99 },
});

/** So many nodes find a port in one block. */
export const NODES_MAX = 48;
export const PORTS_PER_CLUSTER = 100;

export const nodeName = (index: number) => `n${index + 1}`;

/** For many short jobs, found by trying: the scheduler looks again as soon as a job has ended, and does not wait for more to arrive. */
const SCHEDULER = "batch_sched_delay=1,bf_interval=5,sched_min_interval=2000";

/** slurm.conf for one machine without cgroups and systemd, whose nodes are slurmd processes that pretend to have `cpus` CPUs each. */
export function slurmConf(cluster: Cluster): string {
  const { folder } = cluster;
  const at = ports(cluster.portBase);
  const settings: Record<string, string | number> = {
    ClusterName: "bed",
    SlurmctldHost: `${cluster.host}(127.0.0.1)`,
    SlurmctldPort: at.slurmctld,
    SlurmUser: SLURM_USER,
    SlurmdUser: "root",
    AuthType: "auth/munge",
    AuthInfo: `socket=${folder}/munge/socket`,
    CredType: "cred/munge",
    CommunicationParameters: listening(cluster),
    PluginDir: cluster.pluginFolder,
    StateSaveLocation: `${folder}/save`,
    SlurmdSpoolDir: `${folder}/spool/%n`,
    SlurmctldPidFile: `${folder}/run/slurmctld.pid`,
    SlurmdPidFile: `${folder}/run/slurmd-%n.pid`,
    SlurmctldLogFile: `${folder}/log/slurmctld.log`,
    SlurmdLogFile: `${folder}/log/slurmd-%n.log`,
    SlurmctldDebug: "info",
    SlurmdDebug: "info",
    SlurmdParameters: "config_overrides",
    DebugFlags: "NO_CONF_HASH",
    SrunPortRange: `${at.srun.first}-${at.srun.last}`,
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    SwitchType: "switch/none",
    MpiDefault: "none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_Core",
    SchedulerType: "sched/backfill",
    SchedulerParameters: SCHEDULER,
    JobRequeue: 1,
    JobAcctGatherType: "jobacct_gather/linux",
    JobAcctGatherFrequency: 30,
    ReturnToService: 2,
    MaxJobCount: 200_000,
    MaxArraySize: 10_001,
    MinJobAge: 300,
    KillWait: 5,
    CompleteWait: 0,
    InactiveLimit: 0,
    SlurmctldTimeout: 30,
    SlurmdTimeout: 60,
    MessageTimeout: 30,
    ...accountingSettings(cluster),
    ...cluster.settings,
  };
  const nodes = Array.from({ length: cluster.nodes }, (_, index) => nodeLine(cluster, index));
  const partitions = ["PartitionName=main Nodes=ALL Default=YES MaxTime=7-00:00:00 DefaultTime=01:00:00 State=UP"];
  return `${[...Object.entries(settings).map(([key, value]) => `${key}=${value}`), ...nodes, ...partitions].join("\n")}\n`;
}

function accountingSettings(cluster: Cluster): Record<string, string | number> {
  if (!cluster.accounting) return { AccountingStorageType: "accounting_storage/none" };
  return {
    AccountingStorageType: "accounting_storage/slurmdbd",
    AccountingStorageHost: "127.0.0.1",
    AccountingStoragePort: ports(cluster.portBase).slurmdbd,
    // Towards slurmdbd Slurm ignores AuthInfo's socket and takes it from here.
    AccountingStoragePass: `${cluster.folder}/munge/socket`,
    AccountingStorageEnforce: "associations,limits,safe",
  };
}

function nodeLine(cluster: Cluster, index: number): string {
  const where = `NodeName=${nodeName(index)} NodeHostname=${cluster.host} NodeAddr=127.0.0.1 Port=${ports(cluster.portBase).slurmd(index)}`;
  return `${where} CPUs=${cluster.cpus} Sockets=1 CoresPerSocket=${cluster.cpus} ThreadsPerCore=1 RealMemory=64000 State=UNKNOWN`;
}

function listening(cluster: Cluster): string {
  return cluster.hostIsLoopback ? "NoInAddrAny,NoCtldInAddrAny" : "keepaliveinterval=30";
}

export function cgroupConf(release: number): string {
  // 22.05 knows no disabled plugin and is told not to mount cgroups; 23.02 and later refuse that key.
  return release < 2302 ? "CgroupAutomount=no\n" : "CgroupPlugin=disabled\n";
}

export function slurmdbdConf(cluster: Cluster, databasePassword: string): string {
  const { folder } = cluster;
  const at = ports(cluster.portBase);
  const settings: Record<string, string | number> = {
    DbdHost: cluster.host,
    DbdAddr: "127.0.0.1",
    DbdPort: at.slurmdbd,
    SlurmUser: SLURM_USER,
    AuthType: "auth/munge",
    AuthInfo: `socket=${folder}/munge/socket`,
    PluginDir: cluster.pluginFolder,
    CommunicationParameters: listening(cluster),
    LogFile: `${folder}/log/slurmdbd.log`,
    PidFile: `${folder}/run/slurmdbd.pid`,
    DebugLevel: "info",
    CommitDelay: 1,
    StorageType: "accounting_storage/mysql",
    StorageHost: "127.0.0.1",
    StoragePort: at.mariadb,
    StorageUser: SLURM_USER,
    StoragePass: databasePassword,
    StorageLoc: ACCOUNTING_DATABASE,
  };
  return `${Object.entries(settings)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;
}
