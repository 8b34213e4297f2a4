/** npm run generate: writes what is made from the code and stands in the repository. `npm run check` says when it is stale. */
import { staleFiles, writeFiles } from "./generate/generate.ts";

if (process.argv.includes("--check")) {
  const { stale } = await staleFiles();
  for (const path of stale) console.error(`${path} is stale: npm run generate`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  const written = await writeFiles();
  console.log(written.length === 0 ? "everything was current" : written.map((path) => `wrote ${path}`).join("\n"));
}
