import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Daemons } from "../daemons.ts";
import { output, runProgram } from "../../../tools/lib/program.ts";
import { ACCOUNTING_DATABASE, ports, SLURM_USER, slurmdbdConf, type Cluster } from "./config.ts";

/** Only for the loopback and for a database that lives as long as the bed. */
const PASSWORD = "bed";

type Associations = { readonly accounts: readonly string[]; readonly users: readonly string[] };

/** Starts MariaDB and slurmdbd. `environment` leads the commands to this cluster. */
export async function startAccounting(cluster: Cluster, daemons: Daemons, environment: Readonly<Record<string, string>>, slurmUid: number): Promise<void> {
  await startMariadb(cluster, daemons);
  const conf = join(cluster.folder, "etc", "slurmdbd.conf");
  writeFileSync(conf, slurmdbdConf(cluster, PASSWORD), { mode: 0o600 });
  chownSync(conf, slurmUid, 0);
  daemons.start("slurmdbd", ["slurmdbd", "-D"], environment);
  await daemons.waitFor(
    "slurmdbd",
    60_000,
    async () => (await runProgram(["sacctmgr", "-n", "show", "cluster"], { env: environment, timeoutMs: 5000 })).code === 0,
  );
}

/** The cluster, its accounts, and every user in every account. root is one of them: the bed itself submits as root. */
export async function associate({ accounts, users }: Associations, environment: Readonly<Record<string, string>>): Promise<void> {
  const sacctmgr = (...args: string[]) => output(["sacctmgr", "-iQ", ...args], { env: environment });
  await sacctmgr("add", "cluster", "bed");
  for (const account of accounts) {
    await sacctmgr("add", "account", account, "Cluster=bed");
    await sacctmgr("add", "user", ["root", ...users].join(","), `Account=${account}`, "Cluster=bed");
  }
}

async function startMariadb(cluster: Cluster, daemons: Daemons): Promise<void> {
  const data = join(cluster.folder, "db");
  const socket = join(cluster.folder, "run", "mysql.sock");
  await output(["mariadb-install-db", "--no-defaults", "--user=root", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"], {
    timeoutMs: 120_000,
  });
  const network = ["--bind-address=127.0.0.1", `--port=${ports(cluster.portBase).mariadb}`, `--socket=${socket}`];
  // The accounting of a bed need not survive a power cut: the fastest setting, in the peer's favour.
  const speed = ["--innodb-buffer-pool-size=256M", "--innodb-lock-wait-timeout=900", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"];
  daemons.start("mariadbd", ["mariadbd", "--no-defaults", "--user=root", `--datadir=${data}`, ...network, ...speed]);
  const sql = (text: string) => runProgram(["mariadb", "--no-defaults", `--socket=${socket}`, "-u", "root", "-e", text], { timeoutMs: 20_000 });
  await daemons.waitFor("MariaDB", 60_000, async () => (await sql("select 1")).code === 0);
  const grants = ["127.0.0.1", "localhost"].map(
    (from) => `create user ${SLURM_USER}@'${from}' identified by '${PASSWORD}'; grant all on ${ACCOUNTING_DATABASE}.* to ${SLURM_USER}@'${from}';`,
  );
  const made = await sql(`create database ${ACCOUNTING_DATABASE}; ${grants.join(" ")}`);
  if (made.code !== 0) throw new Error(`the accounting database cannot be made: ${made.stderr}`);
}
