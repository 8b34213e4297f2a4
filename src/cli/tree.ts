import type { Command } from "./command.ts";
import { appCommands } from "./commands/app.ts";
import { budgetCommands } from "./commands/budget.ts";
import { installationCommands } from "./commands/installation.ts";
import { jobCommands } from "./commands/job.ts";
import { peopleCommands } from "./commands/people.ts";
import { reportCommands } from "./commands/report.ts";
import { lookCommands } from "./commands/report-look.ts";
import { startCommands } from "./commands/start.ts";

/** Headings of the help, in the order of a newcomer's questions. `nouns` says what each noun is about. */
export type Group = { readonly title: string; readonly nouns: Readonly<Record<string, string>>; readonly commands: readonly Command[] };

export const GROUPS: readonly Group[] = [
  { title: "Start", nouns: {}, commands: startCommands },
  { title: "Jobs", nouns: { job: "sends jobs, follows them, shows what they cost" }, commands: jobCommands },
  {
    title: "Money",
    nouns: {
      "budget": "what projects may spend, have spent and have reserved",
      "report": "what was used, by whom, where and when",
      "budget transactions": "movements in asbb's words",
      "budget usage": "what accounts used in a month",
      "budget account": "opens accounts, limits what is in them, freezes and closes them",
      "budget lease": "sets money aside for a gate that lets work in by itself",
      "budget hold": "reserves money, settles it to what was spent, gives it back",
      "budget standing": "what costs money each day: head nodes, file systems, addresses",
      "budget fund": "several funds for the work of one account, in order or by share",
      "budget rate": "what an hour of our own machines costs, and by whose approval",
      "budget recharge": "whether those rates break even: costs, what was recovered, what is carried forward",
      "budget overhead": "what no job can be held for: the overhead account of a cluster, its alarm",
      "budget overrun-policy": "what happens to costs that do not fit",
      "budget alert": "rules by which accounts ring, what rang, and letting go what was stopped",
      "budget exempt": "whose work is let in when the money is not there",
      "budget break-glass": "the same for some hours of emergency, with every use listed",
      "budget adjust": "mends charges by new entries",
      "budget quote": "prices that are promised for a time",
      "budget refund-policy": "what is given back when work ends through no fault of its own",
      "budget su-rate": "what a service unit is worth in dollars",
      "budget allocation": "gives accounts money and takes it back; releases that of awards",
      "budget award": "what agencies give: terms, budget periods, extensions",
    },
    commands: [...budgetCommands, ...lookCommands, ...reportCommands],
  },
  {
    title: "People",
    nouns: { person: "who there is, and who may sign in", member: "who belongs to which account", token: "the keys of programs" },
    commands: peopleCommands,
  },
  { title: "Codes", nouns: { app: "the catalogue of science codes" }, commands: appCommands },
  { title: "This installation", nouns: { db: "the database", config: "settings" }, commands: installationCommands },
];

export const COMMANDS: readonly Command[] = GROUPS.flatMap((group) => group.commands);

export function groupOf(command: Command): Group {
  return GROUPS.find((group) => group.commands.includes(command)) ?? GROUPS[0]!;
}
