// Who may import whom, as ARCHITECTURE.md says it; `npm run check` runs it and fails when it saw fewer files than there are.

const DOORS = ["cli", "server", "worker"];
const doors = `^src/(${DOORS.join("|")})/`;

/** The one place that builds the real parts and hands them to each other: no room, and above all of them. */
const WIRE = "^src/wire(/|\\.ts$)";

/**
 * Files that touch the world: disk, network, processes, the database, the clock, the environment. Every other file of src/ is
 * pure (facts in, decision out) and may import only pure files. A file that is added here says by its place that it has effects.
 */
const EFFECTS = [
  // Furniture whose work is effects, in every room.
  "^src/[a-z/-]*(store|service|routes|commands)\\.ts$",
  "^src/[a-z/-]*/use-[a-z-]+\\.ts$",
  WIRE,
  // What runs processes, reads folders and calls stores by another name.
  "^src/app/(catalogue|folder|install|observe|probe|scaffold|stage)\\.ts$",
  "^src/job/(dispatch|local)/",
  "^src/job/(apps|control-jobs|dry-run|executor|find-job|follow-log|hold-ask|hold-job|log|machines|quote-job|show-jobs|submit|upkeep)\\.ts$",
  "^src/lab/read-lab\\.ts$",
  // Rooms that are nothing but effects.
  "^src/db/",
  doors,
];

/** Parts of Node and libraries that compute and touch nothing. */
const PURE_LIBRARIES = ["^(node:)?(path|url|util|crypto|events|string_decoder|assert)$", "node_modules/(zod|yaml|@types)/"];

/** Tests, and what lies beside them to help them. */
const TESTS = "(\\.test\\.tsx?|/test-[a-z-]+\\.ts)$";

/** Rooms without one file of effects: their index may be imported by pure files too. */
const PURE_ROOMS = "^src/(kernel|document|price|advice)/index\\.ts$";

/** The contract of a room, which others read, and the parts that it is put together from. */
const CONTRACT = "^src/[a-z/-]*contract\\.ts$";

/** Types may be imported from anywhere: they are gone when the program runs. */
function pureStaysPure(to) {
  return [
    {
      name: "pure-stays-pure",
      comment: "A file that is not named as one with effects (see EFFECTS in .dependency-cruiser.mjs) imports only pure files and libraries.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: [...EFFECTS, TESTS, "/index\\.ts$"] },
      to: { dependencyTypesNot: ["type-only"], ...to },
    },
  ];
}

export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two files that need each other are one file, or lack a third. Types may refer to each other: they are gone when the program runs.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-orphans",
      comment: "Nothing imports this file and it imports nothing: delete it, or use it.",
      severity: "error",
      from: { orphan: true, pathNot: [TESTS, "\\.(config|setup)\\.(ts|mjs)$", "^\\.", "^web/public/", "\\.d\\.ts$"] },
      to: {},
    },
    {
      name: "resolvable",
      comment: "The file or package that is imported is not there.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "kernel-imports-nothing",
      comment: "The kernel runs everywhere, the browser included.",
      severity: "error",
      from: { path: "^src/kernel/", pathNot: TESTS },
      to: { pathNot: "^src/kernel/" },
    },
    {
      name: "by-the-front-door",
      comment: "Another room is entered through its index.ts or contract.ts.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: WIRE },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "^src/[^/]+/(index|contract)\\.ts$"] },
    },
    {
      name: "rooms-are-called-by-name",
      comment: "Across rooms the import is #room or #room/contract; a relative path is for the own room.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: WIRE },
      to: { path: "^src/[^/]+/", pathNot: "^src/$1/", dependencyTypesNot: ["aliased-subpath-import"] },
    },
    {
      name: "by-the-front-door-from-outside",
      comment: "wire.ts, tests that cross rooms and tools enter a room through its index.ts or contract.ts; tests the ledger's model through its own.",
      severity: "error",
      from: { pathNot: "^src/(?!wire/)[^/]+/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/[^/]+/(index|contract)\\.ts$", "^src/budget/model/index\\.ts$", WIRE] },
    },
    {
      name: "rooms-do-not-know-the-doors",
      comment: "Doors call rooms, never the other way round.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: [doors, WIRE] },
      to: { path: doors },
    },
    {
      name: "doors-do-not-know-each-other",
      comment: "What two doors share belongs into a room; a contract is for every caller.",
      severity: "error",
      from: { path: `^src/(${DOORS.join("|")})/`, pathNot: TESTS },
      to: { path: doors, pathNot: ["^src/$1/", "^src/[^/]+/contract\\.ts$"] },
    },
    {
      name: "only-doors-use-the-wire",
      comment: "wire.ts hands the parts in; a room asks for what it needs.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: ["^src/cli/", WIRE, TESTS] },
      to: { path: WIRE },
    },
    {
      name: "contracts-are-for-the-browser",
      comment: "A contract imports only zod, the kernel and other contracts.",
      severity: "error",
      from: { path: CONTRACT },
      to: { pathNot: ["^src/kernel/", CONTRACT, "node_modules/zod/"] },
    },
    {
      name: "web-imports-contracts-only",
      comment: "The dashboard is a client like any other: contracts and the kernel.",
      severity: "error",
      from: { path: "^web/", pathNot: [TESTS, "^web/test/"] },
      to: { path: "^(src|test|tools|bin)/", pathNot: ["^src/kernel/", "^src/[^/]+/contract\\.ts$"] },
    },
    {
      name: "nothing-imports-the-dashboard",
      comment: "The server serves it as files.",
      severity: "error",
      from: { pathNot: "^(web|test)/" },
      to: { path: "^web/" },
    },
    ...pureStaysPure({ path: EFFECTS }),
    ...pureStaysPure({ path: "^src/[^/]+/index\\.ts$", pathNot: PURE_ROOMS }),
    ...pureStaysPure({ pathNot: [...PURE_LIBRARIES, "^src/"] }),
    {
      name: "no-tests-in-the-product",
      comment: "The product imports neither tests nor beds nor tools.",
      severity: "error",
      from: { path: "^(src|bin)/", pathNot: [TESTS, "/testing/"] },
      to: { path: [TESTS, "^test/", "^tools/"] },
    },
    {
      name: "no-development-dependencies-in-the-product",
      comment: "What runs at a user's is a dependency, not a development dependency.",
      severity: "error",
      from: { path: "^(src|bin)/", pathNot: [TESTS, "/testing/"] },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "node_modules/@types/" },
    },
    {
      name: "no-undeclared-packages",
      comment: "Add the package to package.json.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
    skipAnalysisNotInRules: true,
  },
};
