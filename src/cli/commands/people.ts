import { choice, command, optional, required, takes, text, toggle, wholeNumber, type Command } from "../command.ts";
import { timeFlag } from "../time-flag.ts";
import { pageFlags } from "../pages.ts";

/** People, what they belong to, and the tokens of their programs. */

const PERSON = { hint: "person" } as const;
const ACCOUNT = { hint: "project" } as const;
const PAGE = pageFlags(50, 200);

export const personListTakes = takes({ flags: PAGE });

const personList = command({
  path: "person list",
  brief: "list people: those I share an account with; administrators see all",
  takes: personListTakes,
  examples: [{ line: "headgate person list", says: "with what they are called and whether they may sign in" }],
  load: async () => (await import("./people-run.ts")).listPeople,
});

export const personAddTakes = takes({
  args: { name: required("NAME", "a short name: lower-case letters, digits, - _ .") },
  flags: {
    title: text("WORDS", "the name in full"),
    email: text("ADDRESS", "where to write to"),
    admin: toggle("may see and decide everything"),
    project: text("PROJECT", "make a member of this project, too", ACCOUNT),
  },
});

const personAdd = command({
  path: "person add",
  brief: "add a person (for administrators)",
  takes: personAddTakes,
  examples: [
    { line: "headgate person add lena --title 'Lena Fischer' --project climate", says: "who can use what climate has; headgate login-code lena lets her in" },
  ],
  load: async () => (await import("./people-run.ts")).addPerson,
});

export const personChangeTakes = takes({
  args: { name: required("PERSON", "who", PERSON) },
  flags: {
    title: text("WORDS", "the name in full"),
    email: text("ADDRESS", "where to write to"),
    admin: choice("YES_OR_NO", ["yes", "no"], "whether the person may see and decide everything"),
    active: choice("YES_OR_NO", ["yes", "no"], "no switches the person off: no sign-in, no tokens, at once"),
  },
});

const personChange = command({
  path: "person change",
  brief: "change a person, or switch one off (for administrators)",
  details: ["A person is never deleted, because jobs and charges name them."],
  takes: personChangeTakes,
  examples: [{ line: "headgate person change lena --active no", says: "ends her sessions and tokens at once; what runs goes on" }],
  load: async () => (await import("./people-run.ts")).changePerson,
});

export const memberListTakes = takes({
  args: { account: optional("ACCOUNT", "only of this project or department", ACCOUNT) },
  flags: { person: text("PERSON", "only of this person", PERSON), ...PAGE },
});

const memberList = command({
  path: "member list",
  brief: "list who belongs to which account",
  takes: memberListTakes,
  examples: [{ line: "headgate member list climate", says: "its members and managers" }],
  load: async () => (await import("./people-run.ts")).listMembers,
});

export const memberAddTakes = takes({
  args: { account: required("ACCOUNT", "a project or department", ACCOUNT), person: required("PERSON", "who", PERSON) },
  flags: {
    manager: toggle("also says who else belongs to it, here and below"),
    pi: toggle("answers for it: also limits and moves what it has, opens accounts below, and appoints delegates"),
    delegate: toggle("may do what its PI may, but appoint others"),
    from: timeFlag("of a delegate: not before"),
    until: timeFlag("of a delegate: no longer from then on"),
  },
});

const memberAdd = command({
  path: "member add",
  brief: "let a person use an account (for its managers)",
  takes: memberAddTakes,
  examples: [
    { line: "headgate member add climate lena", says: "lena may spend what climate has" },
    { line: "headgate member add climate james --manager", says: "and james says who else may" },
    { line: "headgate member add climate sofia --delegate --from 2027-03-01 --until 2027-06-01", says: "who decides for the PI for three months" },
  ],
  load: async () => (await import("./people-run.ts")).addMember,
});

export const memberRemoveTakes = takes({
  args: { account: required("ACCOUNT", "a project or department", ACCOUNT), person: required("PERSON", "who", PERSON) },
});

const memberRemove = command({
  path: "member remove",
  brief: "take a person's part in an account away (for its managers)",
  takes: memberRemoveTakes,
  examples: [{ line: "headgate member remove climate lena", says: "what she has running goes on and is paid" }],
  load: async () => (await import("./people-run.ts")).removeMember,
});

export const tokenListTakes = takes({ args: { person: optional("PERSON", "whose; without it, mine", PERSON) }, flags: PAGE });

const tokenList = command({
  path: "token list",
  brief: "list API tokens, without their secrets",
  takes: tokenListTakes,
  examples: [{ line: "headgate token list", says: "mine: what each is for, and until when it works" }],
  load: async () => (await import("./people-run.ts")).listTokens,
});

export const tokenCreateTakes = takes({
  args: { label: required("LABEL", "what it is for") },
  flags: {
    person: text("PERSON", "for this person (for administrators)", PERSON),
    days: wholeNumber("N", 1, 3650, "it works for so many days; without it, until it is revoked"),
  },
});

const tokenCreate = command({
  path: "token create",
  brief: "make an API token; its secret is shown this once",
  takes: tokenCreateTakes,
  examples: [{ line: "headgate token create 'nightly runs' --days 90 > token.txt", says: "the secret alone on stdout" }],
  load: async () => (await import("./people-run.ts")).createToken,
});

export const tokenRotateTakes = takes({
  args: { id: required("ID", "the token; headgate token list shows ids") },
  flags: {
    overlap: wholeNumber("HOURS", 0, 720, "for how long the secret before it stays good; without it, 24; 0 ends it at once"),
    days: wholeNumber("N", 1, 3650, "it works for so many days from now; without it, until the end it has"),
  },
});

const tokenRotate = command({
  path: "token rotate",
  brief: "give an API token a new secret, shown this once",
  details: [
    "The secret before it stays good for a day, so that a program can be given the new one without a gap. When the new one got lost, rotate again: the old one stays good until a new one is used.",
  ],
  takes: tokenRotateTakes,
  examples: [
    { line: "headgate token rotate 01890000-0000-7000-8000-00000000000a > token.txt", says: "the new secret alone on stdout" },
    { line: "headgate token rotate 01890000-0000-7000-8000-00000000000a --overlap 0", says: "one that leaked: the old secret is refused at once" },
  ],
  load: async () => (await import("./people-run.ts")).rotateToken,
});

export const tokenRevokeTakes = takes({ args: { id: required("ID", "the token; headgate token list shows ids") } });

const tokenRevoke = command({
  path: "token revoke",
  brief: "revoke an API token; it stops working at once",
  takes: tokenRevokeTakes,
  examples: [{ line: "headgate token revoke 01890000-0000-7000-8000-00000000000a", says: "whoever has it is refused from now on" }],
  load: async () => (await import("./people-run.ts")).revokeToken,
});

export const peopleCommands: readonly Command[] = [
  personList,
  personAdd,
  personChange,
  memberList,
  memberAdd,
  memberRemove,
  tokenList,
  tokenCreate,
  tokenRotate,
  tokenRevoke,
];
