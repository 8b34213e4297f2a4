import { allocate, emptyBooks, expire, expireLeases, openAccount, type Books } from "#budget/model";
import { instant, micros, seededRandomness, type Instant } from "#kernel";
import { openAwards } from "./award-client.ts";
import { openAuditor } from "./auditor.ts";
import { compareAnswers } from "./compare-answers.ts";
import { startClients } from "./clients.ts";
import { openCluster } from "./cluster.ts";
import { openPolicies } from "./policy-client.ts";
import { EDGES, openFaults } from "./faults.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import type { Dice } from "./random-asks.ts";
import { openSimulatedPostgres } from "./simulated-postgres.ts";
import { executor } from "./statements.ts";
import { startTime } from "./virtual-time.ts";

export type Simulation = {
  readonly seed: number;
  readonly operations: number;
  readonly violations: readonly string[];
  readonly struck: readonly string[];
  readonly digest: string;
};

/** Requests of one seed, about; a client finishes what it has begun. */
const REQUESTS = 1_000;

/** After so much virtual time nothing goes wrong any more, so that everybody comes to an end. */
const FAULTS_MS = 3 * 3_600_000;
const EVENTS_MAX = 400_000;
const COMPARE_EVERY = 64;
const VIOLATIONS_MAX = 5;

/** One life of the budget service, from its first account to the last answer; the same seed is the same life. */
export async function simulate(seed: number, bug?: PlantedBug): Promise<Simulation> {
  const dice = seededRandomness((seed + 1) * 2_654_435);
  for (let index = 0; index < 8; index += 1) dice.next();
  const time = startTime();
  const faults = openFaults(dice);
  const books = emptyBooks();
  const violations: string[] = [];
  const violation = (words: string) => violations.length < VIOLATIONS_MAX && violations.push(words);
  const auditor = openAuditor(books, violation);
  const start = EDGES[faults.edge];
  const tree = openAccounts(books, dice, instant(start));
  openAwards(books, dice, instant(start), tree);
  const accounts = [...tree, ...openPolicies(books, instant(start), tree)];
  const plain = executor(books);
  const execute = bug === undefined ? plain : bug.plant(plain, books, dice);
  const cluster = openCluster(time, dice, faults, openSimulatedPostgres(time, dice, faults, execute));
  const clients = startClients(time, dice, cluster, accounts, start, REQUESTS);
  time.after(FAULTS_MS, () => {
    faults.stop();
    cluster.heal();
  });

  let length = 0;
  let events = 0;
  const watch = () => {
    if (books.journal.length === length) return;
    length = books.journal.length;
    auditor.readOn();
    if ((events += 1) % COMPARE_EVERY === 0) auditor.compare();
  };
  const isOver = () => clients.isOver() || violations.length > 0;
  if (!(await time.run(isOver, EVENTS_MAX, watch))) violation(`somebody was never answered: ${clients.told.find(({ reply }) => reply === null)?.key}`);
  if (violations.length === 0) {
    // What was sent long ago and is still on its way comes now; then the time of every reservation that nobody ended is over.
    await time.run(() => time.now() > FAULTS_MS + 600_000, EVENTS_MAX, watch);
    const afterAll = instant(start + 30 * 86_400_000);
    while (expire(books, 512, afterAll) + expireLeases(books, 512, afterAll) > 0);
    auditor.readOn();
    auditor.compare();
    auditor.expectClosed();
    compareAnswers(books, clients.told, violation);
  }
  const digest = `${books.journal.length}:${time.now()}:${books.nodes.map(({ spent, held, allocated }) => spent + held + allocated).join(",")}`;
  return { seed, operations: clients.told.length, violations, struck: faults.struck(), digest };
}

/** Four levels; some accounts end within the hours that are simulated. */
function openAccounts(books: Books, dice: Dice, start: Instant): string[] {
  const names: string[] = [];
  for (let index = 0; index < 9; index += 1) {
    const parents = names.filter((name) => books.accounts.get(name)!.path.length < 4);
    const parent = index === 0 ? null : parents[dice.below(parents.length)]!;
    const name = `a${index}`;
    const endsAt = index > 0 && dice.below(4) === 0 ? instant(start + dice.below(4 * 3_600_000) + 1) : null;
    openAccount(books, { key: `open:${name}`, name, parent, unit: "USD", startsAt: null, endsAt, person: "owner" });
    const amount = micros(BigInt(parent === null ? 12_000 : 200 + dice.below(3_000)));
    allocate(books, { key: `open:${name}:money`, account: name, amount, through: false, cut: false, person: "owner", at: start });
    names.push(name);
  }
  return names;
}
