import { choice, command, optional, required, takes, text, toggle, wholeNumber, type Command } from "../command.ts";
import { dayFlag } from "../time-flag.ts";

/** Awards of agencies, and the parts in which their money reaches an account. Changing them is for the owner and administrators. */

const ACCOUNT = { hint: "project" } as const;
const number = required("NUMBER", "the agency's number of the award");
const CARRY = choice("RULE", ["carry-over", "use-or-lose"], "what becomes of what a period leaves (carry-over)");
const REASON = text("WORDS", "why; it stands in the journal");
const PAGE = { limit: wholeNumber("N", 1, 500, "at most this many (100)"), after: text("CURSOR", "go on after a list that was cut") } as const;
const LATE = {
  lateAccount: text("ACCOUNT", "where costs from outside its days go, and those that come after its close-out", ACCOUNT),
  closeoutDays: wholeNumber("N", 0, 3650, "days after its end in which costs of its days are still its own (120)"),
} as const;
const FACTS = {
  program: text("WORDS", "the agency's programme"),
  coPi: text("PEOPLE", "co-investigators"),
  institution: text("WORDS", "who holds the award"),
  department: text("WORDS", "the department"),
  federalId: text("ID", "the federal award identification number"),
  project: text("CODE", "the project's code in the books of the institution"),
  costCenter: text("CODE", "the cost centre"),
} as const;

export const createTakes = takes({
  flags: {
    number: text("NUMBER", "the agency's number of the award"),
    agency: text("WORDS", "who gives it"),
    title: text("WORDS", "what it is for (its number)"),
    pi: text("PERSON", "the principal investigator"),
    total: text("AMOUNT", "what is awarded in all"),
    start: dayFlag("its first day"),
    end: dayFlag("its last day"),
    account: text("ACCOUNT", "the account that spends it; without it, one is opened", ACCOUNT),
    parent: text("ACCOUNT", "what the account that is opened is part of", ACCOUNT),
    unit: choice("UNIT", ["USD", "SU"], "what it is kept in (USD)"),
    periodMonths: wholeNumber("N", 1, 120, "months of a budget period (12)"),
    carry: CARRY,
    through: toggle("raise the limits above the account by what is released, too"),
    ...LATE,
    ...FACTS,
  },
});

export const create = command({
  path: "budget award create",
  brief: "record an award and the account that spends it",
  details: ["The account can be used from the award's first day to its last. It has no money until some is released: see headgate budget allocation schedule."],
  takes: createTakes,
  examples: [
    {
      line: "headgate budget award create --number ATM-2231 --agency NSF --pi 'Dr Li' --total 120000 --start 2027-01-01 --end 2029-12-31 --account climate",
      says: "three budget periods of a year",
    },
  ],
  load: async () => (await import("./budget-award-run.ts")).createAward,
});

export const listTakes = takes({ flags: { active: toggle("only those that run today"), ...PAGE } });

export const list = command({
  path: "budget award list",
  brief: "list awards with what is scheduled and released of them",
  takes: listTakes,
  examples: [{ line: "headgate budget award list --active", says: "those that run today" }],
  load: async () => (await import("./budget-award-run.ts")).listAwards,
});

export const showTakes = takes({ args: { number } });

export const show = command({
  path: "budget award show",
  brief: "show an award and its budget periods",
  details: ["What a period has spent is counted by date of service, whenever it was booked."],
  takes: showTakes,
  examples: [{ line: "headgate budget award show ATM-2231", says: "its terms, and what each period spent and left" }],
  load: async () => (await import("./budget-award-run.ts")).showAward,
});

export const updateTakes = takes({
  args: { number },
  flags: {
    agency: text("WORDS", "who gives it"),
    title: text("WORDS", "what it is for"),
    pi: text("PERSON", "the principal investigator"),
    total: text("AMOUNT", "what is awarded in all"),
    carry: CARRY,
    ...LATE,
    reason: REASON,
  },
});

export const update = command({
  path: "budget award update",
  brief: "change what an award says; only what is given",
  takes: updateTakes,
  examples: [{ line: "headgate budget award update ATM-2231 --total 150000 --reason 'supplement 1'", says: "more may be scheduled from now on" }],
  load: async () => (await import("./budget-award-run.ts")).updateAward,
});

export const extendTakes = takes({
  args: { number },
  flags: { end: dayFlag("its new last day"), approver: text("PERSON", "who approved it"), reason: REASON },
});

export const extend = command({
  path: "budget award extend",
  brief: "move an award's last day: a no-cost extension, or an earlier end",
  details: ["Its account ends with it. An earlier end cuts no reservation short: headgate budget award crossing lists those that go on."],
  takes: extendTakes,
  examples: [
    {
      line: "headgate budget award extend ATM-2231 --end 2030-06-30 --approver 'NSF programme officer' --reason 'no-cost extension'",
      says: "what it has may be used half a year longer",
    },
  ],
  load: async () => (await import("./budget-award-run.ts")).extendAward,
});

export const setIndirectTakes = takes({
  args: { number },
  flags: {
    class: text("CLASS", "the class of charges: compute, storage, cloud or another name"),
    rate: text("PART", "what is added, as a part of the direct cost: 0.525 is 52.5 %"),
    exempt: text("WORDS", "nothing is added, for this reason"),
    on: dayFlag("the first day of service it holds for (today)"),
    agreement: text("WORDS", "the agreement the rate is from"),
    approver: text("PERSON", "who approved it"),
    reason: REASON,
  },
});

export const setIndirect = command({
  path: "budget award set-indirect",
  brief: "set the indirect rate of a class of an award's charges, or exempt the class",
  details: [
    "A charge or a reservation that names its class has the indirect cost added: reserved rounded up, charged half-even as an entry of its own. A reservation is settled by the rate it was made with.",
  ],
  takes: setIndirectTakes,
  examples: [
    {
      line: "headgate budget award set-indirect ATM-2231 --class compute --rate 0.525 --agreement 'rates of 2026-07-01' --approver 'sponsored programs'",
      says: "52.5 % on top of what compute costs",
    },
    {
      line: "headgate budget award set-indirect ATM-2231 --class cloud --exempt 'commercial cloud is exempt' --agreement 'rates of 2026-07-01' --approver 'sponsored programs'",
      says: "nothing on top of the cloud",
    },
  ],
  load: async () => (await import("./budget-award-run.ts")).setIndirect,
});

export const crossing = command({
  path: "budget award crossing",
  brief: "list open reservations that can go on after an award's last day",
  takes: showTakes,
  examples: [{ line: "headgate budget award crossing ATM-2231", says: "whose, how much, and until when" }],
  load: async () => (await import("./budget-award-run.ts")).listCrossing,
});

export const scheduleTakes = takes({
  args: { number },
  flags: {
    amount: text("AMOUNT", "how much of the award"),
    on: dayFlag("its day; by report or approval it waits for this day, too"),
    gate: choice("GATE", ["date", "report", "approval"], "what lets it go (date)"),
    label: text("WORDS", "what this part is"),
    reason: REASON,
  },
});

export const schedule = command({
  path: "budget allocation schedule",
  brief: "put a part of an award's money on its schedule",
  details: [
    "By date it is released by itself on that day, also when nothing ran then. By report or by approval it waits until somebody records that: headgate budget allocation release.",
  ],
  takes: scheduleTakes,
  examples: [
    { line: "headgate budget allocation schedule ATM-2231 --amount 40000 --on 2027-01-01 --label 'year 1'", says: "by itself on the day" },
    { line: "headgate budget allocation schedule ATM-2231 --amount 40000 --gate report --label 'year 2'", says: "when the annual report was accepted" },
  ],
  load: async () => (await import("./budget-award-run.ts")).scheduleRelease,
});

export const releaseTakes = takes({
  args: { number, part: required("PART", "which part: 1, 2 and so on") },
  flags: { approver: text("PERSON", "who approved it"), report: text("WORDS", "which report was accepted") },
});

export const release = command({
  path: "budget allocation release",
  brief: "release a part of an award's money: its report was accepted, or it was approved",
  details: ["A part is released once, whoever asks again."],
  takes: releaseTakes,
  examples: [
    { line: "headgate budget allocation release ATM-2231 2 --report 'RPPR 2027'", says: "the account gets it, and the journal says why" },
    { line: "headgate budget allocation release ATM-2231 3 --approver 'Dean Wu'", says: "for a part that waits for an approval" },
  ],
  load: async () => (await import("./budget-award-run.ts")).releasePart,
});

export const releasesTakes = takes({
  args: { number: optional("NUMBER", "only of this award") },
  flags: { account: text("ACCOUNT", "only of this account", ACCOUNT), ...PAGE },
});

export const releases = command({
  path: "budget allocation list",
  brief: "list the parts in which awards' money is released, done and to come",
  takes: releasesTakes,
  examples: [{ line: "headgate budget allocation list ATM-2231", says: "what was released when and why, and what waits for what" }],
  load: async () => (await import("./budget-award-run.ts")).listReleases,
});

export const process = command({
  path: "budget allocation process",
  brief: "do now what the calendar asks of awards",
  details: ["Releases what is due and closes budget periods that are over. The worker does it by itself every minute."],
  examples: [{ line: "headgate budget allocation process", says: "says how much was done" }],
  load: async () => (await import("./budget-award-run.ts")).turnAwards,
});

export const awardCommands: readonly Command[] = [create, list, show, update, extend, setIndirect, crossing, schedule, release, releases, process];
