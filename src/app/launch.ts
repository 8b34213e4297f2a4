import type { RunDefinition } from "./schema-run.ts";

/**
 * MPI on one machine. All variables are read by OpenMPI and ignored by others:
 * - root is how containers run, and OpenMPI refuses it unless told twice;
 * - without `none` every mpirun binds its ranks to the first cores, so that two jobs of one rank share one core;
 * - slots are counted by the executor, which may count hardware threads where OpenMPI counts cores;
 * - a rank that waits gives its core away: beside other work two ranks that spin wait for each other's turns (the same silicon took 109 s
 *   and 25 s spinning, 2 s and 6 s yielding, on 2 cores with a load of 30);
 * - copying between processes needs ptrace, which container runtimes forbid; the way round costs little within one machine.
 * The PRTE forms are OpenMPI 5's.
 */
const MPI_ENVIRONMENT: Readonly<Record<string, string>> = {
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_hwloc_base_binding_policy: "none",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
  OMPI_MCA_mpi_yield_when_idle: "1",
  OMPI_MCA_btl_vader_single_copy_mechanism: "none",
  PRTE_MCA_hwloc_default_binding_policy: "none",
  PRTE_MCA_rmaps_default_mapping_policy: ":oversubscribe",
};

/** The variables by which thread libraries are told how many threads to use. Left alone, each takes the whole machine. */
const THREAD_VARIABLES = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] as const;

export const MPI_LAUNCHER = "mpirun";

/** Command and environment for a number of cores on one machine. One rank needs no launcher: MPI programs start alone as well. */
export function launch(
  parallelism: RunDefinition["parallelism"],
  command: readonly string[],
  cores: number,
): { readonly argv: readonly string[]; readonly environment: Readonly<Record<string, string>> } {
  const threads = parallelism === "openmp" ? cores : 1;
  const environment: Record<string, string> = Object.fromEntries(THREAD_VARIABLES.map((name) => [name, String(threads)]));
  if (parallelism !== "mpi") return { argv: command, environment };
  Object.assign(environment, MPI_ENVIRONMENT);
  return { argv: cores > 1 ? [MPI_LAUNCHER, "-n", String(cores), ...command] : command, environment };
}
