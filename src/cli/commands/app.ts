import { listApps } from "./app-list.ts";
import { command, optional, repeated, required, takes, text, type Command, type FlagTable } from "../command.ts";

const WHERE = {
  appPath: repeated(text("FOLDER", "look for apps in this folder first", { hint: "folder" })),
} as const satisfies FlagTable;

const SETTINGS = { appPath: "apps.path" } as const;

export const appListTakes = takes({ flags: WHERE });

export const appList = command({
  path: "app list",
  brief: "list the codes that can be run, with their ready cases",
  takes: appListTakes,
  settings: SETTINGS,
  examples: [
    { line: "headgate app list", says: "each code, whether this machine has it, and its cases" },
    { line: "headgate app list -o json", says: "for a program" },
  ],
  load: async () => listApps,
});

export const appInfoTakes = takes({ args: { app: required("APP", "the name of an app", { hint: "app" }) }, flags: WHERE });

export const appInfo = command({
  path: "app info",
  brief: "show a code's parameters, cases, results and what it needs",
  takes: appInfoTakes,
  settings: SETTINGS,
  examples: [{ line: "headgate app info quantum-espresso", says: "parameters with units, ranges and defaults; cases that run as they are" }],
  load: async () => (await import("./app-info.ts")).showApp,
});

export const appValidateTakes = takes({
  args: { app: optional("APP", "an app's folder, with its app.yaml, or its name (the working folder)", { hint: "folder" }) },
  flags: WHERE,
});

export const appValidate = command({
  path: "app validate",
  brief: "check an app: every fault with file, line and column",
  takes: appValidateTakes,
  settings: SETTINGS,
  examples: [
    { line: "headgate app validate my-model", says: "its app.yaml, its templates, its cases" },
    { line: "headgate app validate .", says: "the app in the working folder" },
    { line: "headgate app validate quantum-espresso", says: "one of the catalogue" },
  ],
  load: async () => (await import("./app-make.ts")).validateApp,
});

export const appNewTakes = takes({
  args: { name: required("NAME", "what the app is called: lower-case letters, digits and -") },
  flags: { in: text("FOLDER", "make it in this folder instead of your own apps", { hint: "folder" }) },
});

export const appNew = command({
  path: "app new",
  brief: "make an app to start from: it validates, and its case runs",
  takes: appNewTakes,
  examples: [{ line: "headgate app new my-model", says: "writes ~/.local/share/headgate/apps/my-model, ready to be changed" }],
  load: async () => (await import("./app-make.ts")).newApp,
});

export const appCommands: readonly Command[] = [appList, appInfo, appValidate, appNew];
