/** `npm run kill`: kills PostgreSQL, its processes and the server with -9 at every boundary of every movement. Arguments choose victims. */
import { killRun, VICTIMS } from "./kill.ts";

const chosen = VICTIMS.filter((victim) => process.argv.length < 3 || process.argv.includes(victim));
const begun = performance.now();
const results = await killRun(chosen, 1, ({ victim, movement, boundaries, answered, violations }) => {
  console.log(
    `${victim.padEnd(9)} ${movement.padEnd(28)} ${String(boundaries.length).padStart(3)} boundaries, ${answered} answered all the same, ${violations.length} wrong`,
  );
  for (const violation of violations) console.log(`  ${violation}`);
});
const count = (of: (result: (typeof results)[number]) => number) => results.reduce((sum, result) => sum + of(result), 0);
console.log(`kill_seconds: ${Math.round((performance.now() - begun) / 1000)}`);
console.log(`kill_boundaries: ${count(({ boundaries }) => boundaries.length)}`);
console.log(`kill_violations: ${count(({ violations }) => violations.length)}`);
process.exitCode = count(({ violations }) => violations.length) === 0 ? 0 : 1;
