import { command, optional, required, takes, text, toggle, type Command } from "../command.ts";
import { printCompletion } from "./completion-run.ts";
import { showConfig } from "./config-run.ts";
import { showVersion } from "./version-run.ts";

export const doctor = command({
  path: "doctor",
  brief: "look at everything a run needs and say what to do",
  details: [
    "Looks at this machine, the state folder, the database, the server and the programs of the codes. Changes nothing. Exit code 1 when something that matters is wrong; what is merely missing is a warning.",
  ],
  examples: [
    { line: "headgate doctor", says: "what is well, what is not, and what to do about it" },
    { line: "headgate doctor -o json", says: "the same for a program" },
  ],
  load: async () => (await import("./doctor-run.ts")).run,
});

export const configShow = command({
  path: "config show",
  brief: "show every setting and where it comes from",
  details: [
    "A setting is taken from a flag, else from the environment (HEADGATE_ and its name in capitals), else from the file, else it has its default. The file is $XDG_CONFIG_HOME/headgate/config.yaml, else ~/.config/headgate/config.yaml; headgate schema config describes it to editors.",
  ],
  examples: [
    { line: "headgate config show", says: "each setting, its value, and who set it" },
    { line: "HEADGATE_OUTPUT=json headgate config show", says: "what a variable changes" },
  ],
  load: async () => showConfig,
});

export const configInitTakes = takes({ flags: { file: text("FILE", "where to; without it, where settings are looked for") } });

export const configInit = command({
  path: "config init",
  brief: "write a file of settings with every setting in it, as comments",
  details: ["No file is needed. What is written sets nothing until a # is taken away. A file that is there already is not touched."],
  takes: configInitTakes,
  examples: [{ line: "headgate config init", says: "writes ~/.config/headgate/config.yaml" }],
  load: async () => (await import("./config-init-run.ts")).writeConfig,
});

export const loginCodeTakes = takes({ args: { person: optional("PERSON", "who signs in; without it, you", { hint: "person" }) } });

export const loginCode = command({
  path: "login-code",
  brief: "make a one-time code with which a person signs in to the dashboard",
  takes: loginCodeTakes,
  examples: [
    { line: "headgate login-code maria", says: "a code for maria, good once and for ten minutes (for the owner and administrators)" },
    { line: "headgate login-code", says: "a code for yourself" },
  ],
  load: async () => (await import("./access-run.ts")).loginCode,
});

const DB_EXAMPLE_FILE = "lab-2026-11-20.headgate";

export const dbMigrate = command({
  path: "db migrate",
  brief: "bring the database to this version's form",
  dryRun: true,
  examples: [
    { line: "headgate db migrate", says: "applies what is missing; nothing happens when it is up to date" },
    { line: "headgate db migrate --dry-run", says: "lists what would be applied" },
  ],
  load: async () => (await import("./db-run.ts")).migrate,
});

export const dbStatus = command({
  path: "db status",
  brief: "show where the database is, its version and its migrations",
  examples: [{ line: "headgate db status", says: "what has been applied, and what is still to be" }],
  load: async () => (await import("./db-run.ts")).status,
});

export const dbBackupTakes = takes({
  args: { file: required("FILE", "the file to write", { hint: "file" }) },
  flags: { overwrite: toggle("replace the file if it is there") },
});

export const dbBackup = command({
  path: "db backup",
  brief: "write everything in the database to one file",
  takes: dbBackupTakes,
  examples: [{ line: `headgate db backup ${DB_EXAMPLE_FILE}`, says: "one consistent picture, while everything goes on" }],
  load: async () => (await import("./db-run.ts")).backup,
});

export const dbRestoreTakes = takes({
  args: { file: required("FILE", "a file that headgate db backup wrote", { hint: "file" }) },
  flags: { replace: toggle("put it in the place of what the database holds; asks first") },
});

export const dbRestore = command({
  path: "db restore",
  brief: "put a backup back, whole or not at all",
  details: ["Into an empty database, unless --replace is given. To look at an old state give it a state folder of its own. Stop the server first."],
  takes: dbRestoreTakes,
  asks: true,
  examples: [{ line: `HEADGATE_STATE=/tmp/then headgate db restore ${DB_EXAMPLE_FILE} --yes`, says: "into a new state folder" }],
  load: async () => (await import("./db-run.ts")).restore,
});

export const dbVerifyTakes = takes({ args: { file: optional("FILE", "a backup to check instead of the database", { hint: "file" }) } });

export const dbVerify = command({
  path: "db verify",
  brief: "check that the books add up, or that a backup is whole",
  takes: dbVerifyTakes,
  examples: [
    { line: "headgate db verify", says: "every journal entry, balance and limit, recomputed" },
    { line: `headgate db verify ${DB_EXAMPLE_FILE}`, says: "checksums and counts of a backup" },
  ],
  load: async () => (await import("./db-run.ts")).verify,
});

export const completionTakes = takes({ args: { shell: required("SHELL", "bash, zsh or fish", { values: ["bash", "zsh", "fish"] }) } });

export const completion = command({
  path: "completion",
  brief: "print the completion script of a shell",
  takes: completionTakes,
  examples: [
    { line: "source <(headgate completion bash)", says: "for this shell; put the line into ~/.bashrc for every one" },
    { line: 'headgate completion zsh > "${fpath[1]}/_headgate"', says: "zsh, once" },
    { line: "headgate completion fish > ~/.config/fish/completions/headgate.fish", says: "fish, once" },
  ],
  load: async () => printCompletion,
});

export const schemaTakes = takes({
  args: { file: required("FILE", "job, app, lab, config or issuers", { values: ["job", "app", "lab", "config", "issuers"] }) },
});

export const schema = command({
  path: "schema",
  brief: "print the JSON Schema of a file that people write",
  details: ["Editors use it to complete and check the file while it is written: # yaml-language-server: $schema=job.json on its first line."],
  takes: schemaTakes,
  examples: [{ line: "headgate schema job > job.json", says: "the schema of job files" }],
  load: async () => (await import("./schema-run.ts")).run,
});

export const version = command({
  path: "version",
  brief: "show the versions of Headgate, of Node and of what answers",
  examples: [
    { line: "headgate version", says: "for a report of a fault" },
    { line: "headgate --version", says: "the number alone, at once" },
  ],
  load: async () => showVersion,
});

export const installationCommands: readonly Command[] = [
  doctor,
  configShow,
  configInit,
  loginCode,
  dbMigrate,
  dbStatus,
  dbBackup,
  dbRestore,
  dbVerify,
  completion,
  schema,
  version,
];
