import { listCatalogue, missingNeeds, packagesFor, probe } from "#app";
import { appFoldersOf } from "../app-folders.ts";
import { count } from "../format.ts";
import { ok, warn, type Finding, type Look } from "./finding.ts";

/** The programs of the codes: each is missed only by those who want to run it. */
export const lookAtApps: Look = async ({ config, root, surroundings }) => {
  const apps = await listCatalogue(appFoldersOf({ config, root }));
  const found = probe(
    apps.flatMap((app) => app.needs),
    surroundings.environment["PATH"] ?? "",
  );
  const findings: Finding[] = apps
    .filter((app) => app.fault !== null)
    .map((app) => warn(`app ${app.name}`, app.fault ?? "", `headgate app validate ${app.folder}`));
  const good = apps.filter((app) => app.fault === null).map((app) => ({ name: app.name, missing: missingNeeds(app.needs, found) }));
  const ready = good.filter((app) => app.missing.length === 0).map((app) => app.name);
  const absent = good.filter((app) => app.missing.length > 0);
  if (ready.length > 0) findings.push(ok("codes", `${ready.join(", ")} can be run`));
  if (absent.length > 0) {
    const packages = packagesFor(absent.flatMap((app) => app.missing));
    const fix =
      packages.length === 0 ? "headgate app info APP says what each needs." : `Debian, Ubuntu: apt-get install --no-install-recommends ${packages.join(" ")}`;
    findings.push(
      warn(ready.length === 0 ? "codes" : "more codes", `${absent.map((app) => app.name).join(", ")}: ${count(absent.length, "code")} not installed here`, fix),
    );
  }
  return findings;
};
