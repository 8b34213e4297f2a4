import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { slurmMissing } from "../../test/beds/slurm/index.ts";
import { SCHEMATHESIS_PACKAGES, schemathesisMissing } from "../../test/beds/schemathesis.ts";
import { PGBENCH_PACKAGES, pgbenchMissing } from "../../test/performance/ledger/pgbench.ts";
import { missingPackages } from "./debian.ts";
import { ROOT } from "../lib/dependencies.mjs";

/** Something real that some tests need and that a package brings. */
export type Part = {
  readonly name: string;
  /** Debian packages that bring it. */
  packages(): Promise<readonly string[]>;
  /** Why it is not there as one sentence, or null. */
  missing(): Promise<string | null>;
  /** What a test file says that needs it. */
  readonly neededBy: RegExp;
};

const onPath = (program: string) => (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

export const PARTS: readonly Part[] = [
  {
    name: "Chromium",
    packages: async () => ["chromium-headless-shell"],
    missing: async () => (["chromium-headless-shell", "chromium"].some(onPath) ? null : "chromium-headless-shell is not installed"),
    neededBy: /\bbrowserBed\b/,
  },
  {
    name: "Slurm",
    packages: async () => ["slurmctld", "slurmd", "slurmdbd", "slurm-client", "slurm-wlm-basic-plugins", "slurm-wlm-mysql-plugin", "munge", "mariadb-server"],
    missing: async () => slurmMissing(),
    neededBy: /\bslurmBed\b/,
  },
  {
    name: "pgbench",
    packages: async () => PGBENCH_PACKAGES,
    missing: async () => pgbenchMissing(),
    neededBy: /\bpgbenchMissing\b/,
  },
  {
    name: "schemathesis",
    packages: async () => SCHEMATHESIS_PACKAGES,
    missing: async () => schemathesisMissing(),
    neededBy: /\bschemathesisMissing\b/,
  },
  {
    name: "promtool",
    packages: async () => ["prometheus"],
    missing: async () => (onPath("promtool") ? null : "promtool is not installed (Debian: apt-get install prometheus)"),
    neededBy: /\bpromtoolMissing\b/,
  },
  {
    name: "shells",
    packages: async () => ["zsh", "fish"],
    missing: async () => {
      const absent = ["zsh", "fish"].filter((shell) => !existsSync(join("/usr/bin", shell)));
      return absent.length === 0 ? null : `${absent.join(" and ")} not installed`;
    },
    neededBy: /\/usr\/bin\/(?:zsh|fish)/,
  },
  {
    name: "science codes",
    packages: sciencePackages,
    missing: async () => {
      const absent = await missingPackages(await sciencePackages());
      return absent.length === 0 ? null : `${absent.join(", ")} not installed`;
    },
    neededBy: /\brunCase\b|quantum-espresso/,
  },
];

/** What the apps of the catalogue say that they need. Loaded only here: a fault in the product must not keep its tests from running. */
async function sciencePackages(): Promise<string[]> {
  const { openCatalogue, packagesOf, requireApp } = await import("#app");
  const catalogue = await openCatalogue([{ origin: "catalogue", path: join(ROOT, "apps") }]);
  return [...new Set(catalogue.names().flatMap((name) => packagesOf(requireApp(catalogue, name).file)))].toSorted();
}

/** The parts that at least one of the test files needs. */
export function partsFor(files: readonly string[]): readonly Part[] {
  const texts = files.map((file) => readFileSync(join(ROOT, file), "utf8"));
  return PARTS.filter((part) => texts.some((text) => part.neededBy.test(text)));
}
