import { mkdtemp, readFile, rm, stat, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instant, manualClock, Problem, systemRandomness, type Person } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { openAccess, type Access } from "./access-service.ts";
import { ensureOwnerToken, OWNER_TOKEN_FILE } from "./owner-token-store.ts";
import { normalCode, newSecret, secretHash } from "./secret.ts";
import { PREVIOUS_GRACE_MS, SECRET_AGE_MS, SEEN_EVERY_MS, SESSION_IDLE_MS, SESSION_MS } from "./session.ts";
import { can } from "./policy.ts";
import { CODE_MS } from "./sign-in-service.ts";

const HOUR_MS = 3600_000;
const owner: Person = { name: "owner", admin: true };
const maria: Person = { name: "maria", admin: false };
const james: Person = { name: "james", admin: false };

const PATHS: Readonly<Record<string, readonly string[]>> = {
  "earth-sciences": ["earth-sciences"],
  "climate": ["climate", "earth-sciences"],
  "materials": ["materials", "earth-sciences"],
};

const clock = manualClock(instant(Date.UTC(2026, 10, 21, 12)));
const ownerSecret = newSecret("hgo", systemRandomness);
let bed: FreshDatabase;
let access: Access;

beforeAll(async () => {
  bed = await freshDatabase();
  access = await openAccess(
    { db: bed.db, clock, randomness: systemRandomness, accounts: { pathOf: async (name) => PATHS[name] ?? null } },
    secretHash(ownerSecret),
  );
  for (const name of ["maria", "james", "sarah"]) await access.people.ensure({ name, displayName: name, email: null, admin: false });
  await access.people.ensureMember({ person: "maria", account: "materials", role: "member" });
  await access.people.ensureMember({ person: "james", account: "materials", role: "manager" });
  await access.people.ensureMember({ person: "sarah", account: "climate", role: "member" });
});

afterAll(async () => bed.drop());

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error: unknown) => (error instanceof Problem ? error.code : `another error: ${String(error)}`),
  );
}

describe("people", () => {
  test("opening a lab again makes nobody twice and keeps what was changed", async () => {
    await access.people.change(owner, "maria", { displayName: "Maria Lindqvist", email: "maria@uni.example" });
    expect(await access.people.ensure({ name: "maria", displayName: "maria", email: null, admin: true })).toBe(false);
    const { displayName, email, admin } = await access.people.personFor(await access.people.viewer(maria), "maria", "person.see");
    expect({ displayName, email, admin }).toEqual({ displayName: "Maria Lindqvist", email: "maria@uni.example", admin: false });
  });

  test("an e-mail address can be taken away, and what is not named stays", async () => {
    await access.people.change(owner, "maria", { email: null });
    expect((await access.people.change(owner, "maria", {})).displayName).toBe("Maria Lindqvist");
    expect((await access.people.personFor(await access.people.viewer(maria), "maria", "person.see")).email).toBeNull();
  });

  test("a person sees herself and those she shares an account with; an unseen person looks like a missing one", async () => {
    const names = async (person: Person) => (await access.people.list(person, { after: "", limit: 10 })).items.map(({ name }) => name);
    expect(await names(maria)).toEqual(["james", "maria"]);
    expect(await names(owner)).toEqual(["james", "maria", "owner", "sarah"]);
    const viewer = await access.people.viewer(maria);
    expect(await codeOf(access.people.personFor(viewer, "sarah", "person.see"))).toBe("person.unknown");
    expect(await codeOf(access.people.personFor(viewer, "nobody", "person.see"))).toBe("person.unknown");
    expect(await codeOf(access.people.personFor(viewer, "james", "person.change"))).toBe("access.forbidden");
  });

  test("pages of people follow each other without a gap", async () => {
    const first = await access.people.list(owner, { after: "", limit: 3 });
    const second = await access.people.list(owner, { after: first.next ?? "", limit: 3 });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["james", "maria", "owner", "sarah"]);
    expect([first.next, second.next]).toEqual(["owner", null]);
  });

  test("a name is given once", async () => {
    expect(await codeOf(access.people.create({ name: "maria", displayName: "Another", email: null, admin: false }))).toBe("person.exists");
  });

  test("the owner cannot be locked out", async () => {
    expect(await codeOf(access.people.change(owner, "owner", { active: false }))).toBe("person.owner");
    expect(await codeOf(access.people.change(owner, "owner", { admin: false }))).toBe("person.owner");
  });

  test("a manager says who belongs to the account, a member may not, a stranger is told that there is none", async () => {
    const ask = { account: "materials", person: "sarah", role: "member" } as const;
    expect(await codeOf(access.people.setMember(maria, ask))).toBe("access.forbidden");
    expect(await codeOf(access.people.setMember({ name: "sarah", admin: false }, ask))).toBe("budget.account-unknown");
    expect(await codeOf(access.people.setMember(james, { ...ask, account: "no-such" }))).toBe("budget.account-unknown");
    expect(await codeOf(access.people.setMember(james, { ...ask, person: "nobody" }))).toBe("person.unknown");
    expect(await access.people.setMember(james, ask)).toMatchObject({ person: "sarah", role: "member", grantedBy: "james" });
    await access.people.removeMember(james, ask);
    expect(await codeOf(access.people.removeMember(james, ask))).toBe("membership.unknown");
  });

  test("who is the PI is said above, who stands in for the PI by the PI, and nobody takes either away from below", async () => {
    const { people } = access;
    const ask = { account: "materials", person: "sarah" } as const;
    expect(await codeOf(people.setMember(james, { ...ask, role: "delegate" }))).toBe("access.forbidden");
    expect(await codeOf(people.setMember(james, { ...ask, role: "pi" }))).toBe("access.forbidden");
    await people.setMember(owner, { account: "materials", person: "maria", role: "pi" });
    expect(await codeOf(people.setMember(owner, { ...ask, role: "pi" }))).toBe("membership.pi-exists");
    expect(await codeOf(people.setMember(maria, { ...ask, role: "pi" }))).toBe("access.forbidden");
    expect(await codeOf(people.setMember(james, { account: "materials", person: "maria", role: "member" }))).toBe("access.forbidden");
    expect(await people.setMember(maria, { ...ask, role: "delegate" })).toMatchObject({ role: "delegate", grantedBy: "maria", fromAt: null, untilAt: null });
    const sarah: Person = { name: "sarah", admin: false };
    expect(await codeOf(people.setMember(sarah, { account: "materials", person: "james", role: "delegate" }))).toBe("access.forbidden");
    expect(await codeOf(people.setMember(sarah, { ...ask, role: "manager" }))).toBe("access.forbidden");
    expect(await codeOf(people.removeMember(sarah, { account: "materials", person: "maria" }))).toBe("access.forbidden");
    expect(await codeOf(people.removeMember(james, ask))).toBe("access.forbidden");
    expect((await people.membersOf(["materials"])).get("materials")).toEqual({
      managers: ["james"],
      members: [],
      pi: "maria",
      delegates: [{ person: "sarah", from: null, until: null, appointedBy: "maria" }],
    });
    await people.removeMember(maria, ask);
    await people.setMember(owner, { account: "materials", person: "maria", role: "member" });
  });

  test("a delegate may nothing before the time and nothing more after it", async () => {
    const { people } = access;
    const [from, until] = [instant(clock.now() + 60_000), instant(clock.now() + 120_000)];
    const ask = { account: "earth-sciences", person: "sarah", role: "delegate", fromAt: from, untilAt: until } as const;
    expect(await codeOf(people.setMember(owner, { ...ask, untilAt: from }))).toBe("value.range");
    expect(await codeOf(people.setMember(owner, { ...ask, role: "member" }))).toBe("input.invalid");
    await people.setMember(owner, ask);
    const sarah: Person = { name: "sarah", admin: false };
    const may = async (at: number): Promise<boolean> => {
      clock.set(instant(at));
      return can(await people.viewer(sarah), "account.manage", { kind: "account", path: PATHS["materials"]! });
    };
    const seen = async (): Promise<string[]> => (await people.list(sarah, { after: "", limit: 10 })).items.map(({ name }) => name);
    await people.setMember(owner, { account: "earth-sciences", person: "james", role: "member" });
    expect([await may(from - 1), await seen()]).toEqual([false, ["sarah"]]);
    expect([await may(from), await seen()]).toEqual([true, ["james", "sarah"]]);
    expect(await may(until - 1)).toBe(true);
    expect([await may(until), await seen()]).toEqual([false, ["sarah"]]);
    expect(await codeOf(people.setMember(sarah, { account: "materials", person: "maria", role: "manager" }))).toBe("budget.account-unknown");
    await people.removeMember(owner, { account: "earth-sciences", person: "james" });
    await people.removeMember(owner, ask);
    clock.set(instant(from - 60_000));
  });

  test("only administrators act for others, and only for people who are here", async () => {
    expect(await access.people.actFor(owner, "maria")).toEqual(maria);
    expect(await codeOf(access.people.actFor(maria, "james"))).toBe("access.forbidden");
    expect(await codeOf(access.people.actFor(owner, "nobody"))).toBe("person.unknown");
  });
});

describe("sign-in codes", () => {
  test("a code works once, whatever the spelling", async () => {
    const { code } = await access.signIn.createCode(owner, "maria");
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    const spelled = code.toLowerCase().replace("-", " ").replaceAll("0", "o").replaceAll("1", "l");
    expect((await access.signIn.signIn(spelled)).person).toEqual(maria);
    expect(await codeOf(access.signIn.signIn(code))).toBe("access.code-wrong");
  });

  test("of many who use one code at once only one gets in", async () => {
    const { code } = await access.signIn.createCode(maria, "maria");
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => codeOf(access.signIn.signIn(code))));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "access.code-wrong")).toHaveLength(7);
  });

  test("a code is good until ten minutes have passed and not after", async () => {
    const [early, late] = [await access.signIn.createCode(maria, "maria"), await access.signIn.createCode(maria, "maria")];
    clock.advance(CODE_MS - 1);
    expect(await codeOf(access.signIn.signIn(early.code))).toBe("done");
    clock.advance(1);
    expect(await codeOf(access.signIn.signIn(late.code))).toBe("access.code-wrong");
  });

  test("nobody makes a code for another person, except an administrator", async () => {
    expect(await codeOf(access.signIn.createCode(maria, "james"))).toBe("access.forbidden");
    expect(await codeOf(access.signIn.createCode(maria, "sarah"))).toBe("person.unknown");
    expect(await codeOf(access.signIn.createCode(owner, "sarah"))).toBe("done");
  });

  test("what cannot be a code is not one", () => {
    expect(["", "4F7K", "4F7K-92QDX", "4F7K-92QU", "x".repeat(10_000)].map(normalCode)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  test("the database holds no code and no session secret, only hashes", async () => {
    const { code } = await access.signIn.createCode(maria, "maria");
    const { secret } = await access.signIn.signIn((await access.signIn.createCode(maria, "maria")).code);
    const rows = await bed.db.query<{ text: string }>(
      "select (c.*)::text || coalesce((s.*)::text, '') as text from headgate.sign_in_code c full join headgate.session s on false",
    );
    const all = rows.map((row) => row.text).join();
    expect(all).not.toContain(code);
    expect(all).not.toContain(Buffer.from(secret).toString("hex"));
    expect(all).not.toContain(secret);
  });
});

describe("sessions", () => {
  async function signedIn(): Promise<string> {
    return (await access.signIn.signIn((await access.signIn.createCode(maria, "maria")).code)).secret;
  }

  test("a session stands for its person until it is ended", async () => {
    const secret = await signedIn();
    const holder = await access.signIn.holder(secret);
    expect(holder).toMatchObject({ person: maria, newSecret: null });
    await access.signIn.end(holder?.id ?? "");
    expect(await access.signIn.holder(secret)).toBeNull();
    expect(await access.signIn.holder(newSecret("hgs", systemRandomness))).toBeNull();
  });

  test("it ends after twelve hours without a request", async () => {
    const [used, unused] = [await signedIn(), await signedIn()];
    clock.advance(SESSION_IDLE_MS - 1000);
    expect(await access.signIn.holder(used)).not.toBeNull();
    clock.advance(1000);
    expect(await access.signIn.holder(unused)).toBeNull();
    expect(await access.signIn.holder(used)).not.toBeNull();
  });

  test("it ends after seven days, however much it is used", async () => {
    let secret = await signedIn();
    for (let passed = 0; passed < SESSION_MS - SECRET_AGE_MS; passed += SECRET_AGE_MS) {
      clock.advance(SECRET_AGE_MS);
      secret = (await access.signIn.holder(secret))?.newSecret ?? secret;
    }
    expect(await access.signIn.holder(secret)).not.toBeNull();
    clock.advance(SECRET_AGE_MS);
    expect(await access.signIn.holder(secret)).toBeNull();
  });

  test("after an hour its secret is exchanged: both are good for a moment, then only the new one", async () => {
    const first = await signedIn();
    clock.advance(SECRET_AGE_MS);
    const second = (await access.signIn.holder(first))?.newSecret ?? "";
    expect(second).toMatch(/^hgs_/);
    expect((await access.signIn.holder(first))?.newSecret, "no second offer at once").toBeNull();
    expect(await access.signIn.holder(second)).toMatchObject({ person: maria, newSecret: null });
    expect(await access.signIn.holder(first), "a request that was under way").not.toBeNull();
    clock.advance(PREVIOUS_GRACE_MS);
    expect(await access.signIn.holder(second)).not.toBeNull();
  });

  test("an offer that got lost is made again and the old secret stays good", async () => {
    const first = await signedIn();
    clock.advance(SECRET_AGE_MS);
    const lost = (await access.signIn.holder(first))?.newSecret ?? "";
    clock.advance(SEEN_EVERY_MS);
    const second = (await access.signIn.holder(first))?.newSecret ?? "";
    expect(second).not.toBe(lost);
    expect(await access.signIn.holder(second)).not.toBeNull();
    expect(await access.signIn.holder(lost)).toBeNull();
  });

  test("an old secret that comes back later means theft: the session ends for both", async () => {
    const first = await signedIn();
    clock.advance(SECRET_AGE_MS);
    const second = (await access.signIn.holder(first))?.newSecret ?? "";
    await access.signIn.holder(second);
    clock.advance(PREVIOUS_GRACE_MS);
    expect(await access.signIn.holder(first)).toBeNull();
    expect(await access.signIn.holder(second)).toBeNull();
  });

  test("switching a person off ends sessions, tokens and codes at once, and switching on again revives none", async () => {
    await access.people.create({ name: "visitor", displayName: "Visitor", email: null, admin: false });
    const secret = (await access.signIn.signIn((await access.signIn.createCode(owner, "visitor")).code)).secret;
    const { secret: token } = await access.tokens.create(owner, { person: "visitor", label: "script", days: null });
    const { code } = await access.signIn.createCode(owner, "visitor");
    expect(await access.tokens.holder(token)).toMatchObject({ person: { name: "visitor" } });
    await access.people.change(owner, "visitor", { active: false });
    expect([await access.signIn.holder(secret), await access.tokens.holder(token), await codeOf(access.signIn.signIn(code))]).toEqual([
      null,
      null,
      "access.code-wrong",
    ]);
    await access.people.change(owner, "visitor", { active: true });
    expect([await access.signIn.holder(secret), await access.tokens.holder(token)]).toEqual([null, null]);
  });
});

describe("tokens", () => {
  test("the owner's token is the owner, any other of its form is nobody", async () => {
    expect(await access.tokens.holder(ownerSecret)).toEqual({ person: owner, id: "owner" });
    expect(await access.tokens.holder(newSecret("hgo", systemRandomness))).toBeNull();
    expect(await access.tokens.holder("hgt_short")).toBeNull();
  });

  test("a token stands for its person until it is revoked or its days are over", async () => {
    const { secret, record } = await access.tokens.create(maria, { person: "maria", label: "laptop", days: null });
    const { secret: brief } = await access.tokens.create(maria, { person: "maria", label: "a day", days: 1 });
    expect(await access.tokens.holder(secret)).toEqual({ person: maria, id: record.id });
    clock.advance(24 * 3600 * 1000);
    expect([await access.tokens.holder(brief), (await access.tokens.holder(secret))?.id]).toEqual([null, record.id]);
    expect(await codeOf(access.tokens.revoke(james, record.id))).toBe("token.unknown");
    await access.tokens.revoke(maria, record.id);
    expect(await access.tokens.holder(secret)).toBeNull();
    expect(await codeOf(access.tokens.revoke(maria, record.id))).toBe("token.unknown");
  });

  test("a rotated token has a new secret, and the old one for as long as was said", async () => {
    const { record, secret: old } = await access.tokens.create(maria, { person: "maria", label: "nightly", days: 90 });
    const { record: rotated, secret } = await access.tokens.rotate(maria, { id: record.id, overlapHours: 2, days: null });
    expect(rotated).toMatchObject({ id: record.id, expiresAt: record.expiresAt, rotatedAt: clock.now(), previousUntil: clock.now() + 2 * HOUR_MS });
    const ids = async () => [(await access.tokens.holder(old))?.id, (await access.tokens.holder(secret))?.id];
    expect(await ids()).toEqual([record.id, record.id]);
    clock.advance(2 * HOUR_MS - 1);
    expect(await ids()).toEqual([record.id, record.id]);
    clock.advance(1_001);
    expect(await ids()).toEqual([undefined, record.id]);
  });

  test("the old secret ends with the token, and a new end is counted from the rotation", async () => {
    const { record } = await access.tokens.create(maria, { person: "maria", label: "brief", days: 1 });
    const rotate = (days: number | null) => access.tokens.rotate(maria, { id: record.id, overlapHours: 720, days });
    expect((await rotate(null)).record.previousUntil).toBe(record.expiresAt);
    expect((await rotate(30)).record.expiresAt).toBe(clock.now() + 30 * 24 * HOUR_MS);
  });

  test("a new secret that got lost locks nobody out: rotated again, the old one goes on until a new one is used", async () => {
    const { record, secret: old } = await access.tokens.create(maria, { person: "maria", label: "far away", days: null });
    await access.tokens.holder(old);
    const rotate = async () => (await access.tokens.rotate(maria, { id: record.id, overlapHours: 24, days: null })).secret;
    const lost = await rotate();
    const second = await rotate();
    const good = async (secret: string) => (await access.tokens.holder(secret)) !== null;
    expect([await good(old), await good(lost), await good(second)]).toEqual([true, false, true]);
    const third = await rotate();
    expect([await good(old), await good(second), await good(third)]).toEqual([false, true, true]);
  });

  test("without an overlap what leaked is refused at once, the secret before it included", async () => {
    const { record, secret: first } = await access.tokens.create(maria, { person: "maria", label: "leaked", days: null });
    const second = (await access.tokens.rotate(maria, { id: record.id, overlapHours: 24, days: null })).secret;
    expect(await access.tokens.holder(first)).not.toBeNull();
    const third = (await access.tokens.rotate(maria, { id: record.id, overlapHours: 0, days: null })).secret;
    expect([await access.tokens.holder(first), await access.tokens.holder(second), (await access.tokens.holder(third))?.id]).toEqual([null, null, record.id]);
  });

  test("another person's token, one that was revoked and one that is over cannot be rotated, nor told apart from none", async () => {
    const make = async (days: number | null) => (await access.tokens.create(maria, { person: "maria", label: "x", days })).record.id;
    const [whole, revoked, over] = [await make(null), await make(null), await make(1)];
    await access.tokens.revoke(maria, revoked);
    clock.advance(24 * HOUR_MS);
    const rotate = (asker: Person, id: string) => codeOf(access.tokens.rotate(asker, { id, overlapHours: 24, days: null }));
    expect([await rotate(james, whole), await rotate(maria, revoked), await rotate(maria, over)]).toEqual(["token.unknown", "token.unknown", "token.unknown"]);
    expect(await rotate(owner, whole)).toBe("done");
  });

  test("says to the minute when it was last used", async () => {
    const { record, secret } = await access.tokens.create(maria, { person: "maria", label: "watched", days: null });
    const used = async () =>
      (await access.tokens.list(maria, { person: "maria", after: null, limit: 200 })).items.find(({ id }) => id === record.id)?.lastUsedAt;
    expect(await used()).toBeNull();
    const at = clock.now();
    await access.tokens.holder(secret);
    expect(await used()).toBe(at);
    clock.advance(59_000);
    await access.tokens.holder(secret);
    expect(await used()).toBe(at);
    clock.advance(1_000);
    await access.tokens.holder(secret);
    expect(await used()).toBe(clock.now());
  });

  test("a person may have fifty", async () => {
    const asks = Array.from(
      { length: 51 },
      (_unused, index) => () => codeOf(access.tokens.create({ name: "james", admin: false }, { person: "james", label: `number ${index}`, days: 1 })),
    );
    const outcomes: string[] = [];
    for (const ask of asks) outcomes.push(await ask());
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(50);
    expect(outcomes.at(-1)).toBe("access.too-many");
    expect((await access.tokens.list(james, { person: "james", after: null, limit: 200 })).items).toHaveLength(50);
  });
});

describe("the owner's token file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "headgate-token-"));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test("is made once, for the owner's eyes only, also when many start at once", async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => ensureOwnerToken(folder, systemRandomness)));
    const kept = (await readFile(join(folder, OWNER_TOKEN_FILE), "utf8")).trim();
    expect((await stat(join(folder, OWNER_TOKEN_FILE))).mode & 0o777).toBe(0o600);
    expect(new Set(made.map(({ secret }) => secret))).toEqual(new Set([kept]));
    expect(await ensureOwnerToken(folder, systemRandomness)).toMatchObject({ secret: kept, made: null });
  });

  test("is replaced when others could have read it, or when it is damaged", async () => {
    const before = (await ensureOwnerToken(folder, systemRandomness)).secret;
    await chmod(join(folder, OWNER_TOKEN_FILE), 0o644);
    const exposed = await ensureOwnerToken(folder, systemRandomness);
    expect(exposed.made).toBe("exposed");
    expect(exposed.secret).not.toBe(before);
    await writeFile(join(folder, OWNER_TOKEN_FILE), "not a token\n");
    expect((await ensureOwnerToken(folder, systemRandomness)).made).toBe("damaged");
  });
});
