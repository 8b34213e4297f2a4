import { checkRunParameters, type App } from "./app.ts";
import { needsOf, type Need } from "./needs.ts";
import { defaultResources } from "./render.ts";

/**
 * What one case needs of the machine: its data files and, for several ranks, the launcher too, which the app as a whole does not need.
 * `cores` null: as many as the case asks for.
 */
export function caseNeeds(app: App, caseName: string, cores: number | null = null): Need[] {
  const { values } = checkRunParameters(app, caseName, {});
  // An app is only read when the parameters of its cases are good.
  return values === undefined ? needsOf(app.file) : needsOf(app.file, { values, cores: cores ?? defaultResources(app.file, caseName).cores });
}
