import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freePorts, type PortBlock } from "../../test/beds/ports.ts";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { mailReceiver, webhookReceiver, type MailReceiver, type WebhookReceiver } from "../../test/beds/receivers.ts";
import { addMs, milliseconds } from "#kernel";
import type { AlertView } from "./contract.ts";
import { slackBody } from "./message.ts";
import { alertBench, SETTINGS, type AlertBench } from "./test-alerts.ts";

const MAIL = "mail:pi@lab.example";
const never = new AbortController().signal;

let ports: PortBlock;
let bed: FreshDatabase;
let webhook: WebhookReceiver;
let mail: MailReceiver;
let b: AlertBench;
beforeAll(async () => {
  ports = await freePorts(2);
  webhook = webhookReceiver(ports.base);
  mail = mailReceiver(ports.base + 1);
});
beforeEach(async () => {
  bed = await freshDatabase();
  b = alertBench(bed.db, {
    ...SETTINGS,
    mail: { server: mail.url, from: "headgate@lab.example", password: null },
    webhook: { url: webhook.url, secret: { text: "sesame" } },
  });
  webhook.posted.length = 0;
  webhook.answer = () => 204;
  mail.mails.length = 0;
  mail.refuse = () => null;
});
afterEach(async () => {
  await webhook.down();
  await mail.down();
  await bed.drop();
});
afterAll(() => ports.release());

const pass = (ms: number) => b.clock.set(addMs(b.clock.now(), milliseconds(ms)));
const rule = (account: string, threshold: number, more: object = {}) =>
  b.call("setAlertRule", {
    params: { name: account },
    body: { measure: "spent", threshold, action: "notify", destinations: [MAIL, "webhook"], reason: "as agreed", ...more },
  });
const events = () =>
  webhook.posted.map(({ body }) => JSON.parse(body) as { id: string; type: string; sequence: string; subject: string; data: Record<string, unknown> });
const places = () =>
  bed.db.query<{ id: string; destination: string; place: bigint }>("select id, destination, place from headgate.alert_message order by destination, place");

test("a threshold that is crossed is told by mail and by a signed CloudEvent, once", async () => {
  await webhook.up();
  await mail.up();
  await b.open("climate", "100");
  await rule("climate", 80);
  await b.spend("climate", "79");
  expect([await b.work.turn(), await b.work.deliver(never)]).toEqual([0, 0]);
  await b.spend("climate", "2.5");
  expect([await b.work.turn(), await b.work.deliver(never), await b.work.turn(), await b.work.deliver(never)]).toEqual([1, 2, 0, 0]);
  const [event] = events();
  expect(event).toMatchObject({
    specversion: "1.0",
    type: "org.headgate.alert.raised",
    source: "https://headgate.lab.example",
    subject: "climate",
    sequence: "000000000001",
    data: { alert: "1", action: "notify", measure: "spent", threshold: 80, value: 81.5, found: { spent: "81500000", allocated: "100000000" } },
  });
  const { headers, body } = webhook.posted[0]!;
  const signed = createHmac("sha256", "sesame")
    .update(`${headers["webhook-id"] as string}.${headers["webhook-timestamp"] as string}.${body}`)
    .digest("base64");
  expect([headers["content-type"], headers["webhook-id"], headers["webhook-signature"]]).toEqual([
    "application/cloudevents+json; charset=utf-8",
    event!.id,
    `v1,${signed}`,
  ]);
  expect(mail.mails).toHaveLength(1);
  const [message] = mail.mails;
  expect([message!.to, message!.subject]).toEqual([
    ["pi@lab.example"],
    "[headgate] warning: climate has spent 81.5 % of its budget: $81.50 of $100.00 (rings at 80 %)",
  ]);
  const shown = (await b.call("showAlert", { params: { number: "1" } })) as AlertView;
  expect(shown).toMatchObject({ state: "ringing", waiting: 0, account: "climate", messages: [{ attempts: 1 }, { attempts: 1 }] });
  expect(message!.id).toBe(`<${shown.messages.find(({ destination }) => destination === MAIL)!.id}@headgate>`);
});

test("a mail server and a webhook that are down for a day: every alert arrives once they are back, in order, once each by its id", async () => {
  await b.open("climate", "100");
  const thresholds = [10, 20, 30, 40, 50, 60, 70, 80, 90];
  for (const threshold of thresholds) await rule("climate", threshold);
  // Every quarter of an hour of the day somebody looks and tries to send; now and then something rings.
  const HOUR_QUARTERS = 96;
  for (let quarter = 0; quarter < HOUR_QUARTERS; quarter += 1) {
    if (quarter % 10 === 0) await b.spend("climate", "10");
    await b.work.turn();
    expect(await b.work.deliver(never)).toBe(0);
    pass(15 * 60_000);
  }
  expect([webhook.posted, mail.mails]).toEqual([[], []]);
  const waiting = await places();
  expect(waiting).toHaveLength(2 * thresholds.length);
  await webhook.up();
  await mail.up();
  // Whatever the back-off had come to, a quarter of an hour later all of it is there, although the receiver says no once in the middle.
  let calls = 0;
  webhook.answer = () => ((calls += 1) === 4 ? 503 : 204);
  for (let round = 0; round < 2; round += 1) {
    await b.work.deliver(never);
    pass(15 * 60_000);
  }
  const idsTo = (destination: string) => waiting.filter((one) => one.destination === destination).map(({ id }) => id);
  const taken = webhook.posted.filter((_one, index) => index !== 3).map(({ headers }) => headers["webhook-id"]);
  expect(taken).toEqual(idsTo("webhook"));
  expect(mail.mails.map(({ id }) => id)).toEqual(idsTo(MAIL).map((id) => `<${id}@headgate>`));
  expect(
    events()
      .filter((_one, index) => index !== 3)
      .map(({ data }) => data["threshold"]),
  ).toEqual(thresholds);
  expect(await bed.db.query("select count(*) as count from headgate.alert_message where sent_at is null")).toEqual([{ count: 0n }]);
});

describe("two workers", () => {
  test("never send to one destination at the same time, and never out of order", async () => {
    await webhook.up();
    await b.open("climate", "100");
    for (let threshold = 10; threshold <= 90; threshold += 10) await rule("climate", threshold, { destinations: ["webhook"] });
    await b.spend("climate", "95");
    expect(await b.work.turn()).toBe(9);
    const sent = await Promise.all([b.work.deliver(never), b.work.deliver(never), b.work.deliver(never)]);
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(9);
    expect(events().map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("a worker that was killed after sending and before noting it: the next sends the same again under the same id, then the rest", async () => {
    await webhook.up();
    await b.open("climate", "100");
    await rule("climate", 50, { destinations: ["webhook"] });
    await rule("climate", 60, { destinations: ["webhook"] });
    await b.spend("climate", "70");
    await b.work.turn();
    // What a killed worker leaves: its lease, and a message that arrived and is not noted.
    const leased = "update headgate.alert_destination set lease = gen_random_uuid(), leased_until = $1::timestamptz";
    await bed.db.query(leased, [new Date(b.clock.now() + 60_000).toISOString()]);
    expect(await b.work.deliver(never)).toBe(0);
    pass(60_000);
    expect(await b.work.deliver(never)).toBe(2);
    const [first] = await places();
    expect(webhook.posted.map(({ headers }) => headers["webhook-id"])).toEqual((await places()).map(({ id }) => id));
    expect(first!.place).toBe(1n);
  });
});

test("a destination that does not work keeps no other waiting", async () => {
  await webhook.up();
  await b.open("climate", "100");
  await rule("climate", 80);
  await b.spend("climate", "90");
  await b.work.turn();
  expect(await b.work.deliver(never)).toBe(1);
  const shown = (await b.call("showAlert", { params: { number: "1" } })) as AlertView;
  expect(shown.waiting).toBe(1);
  expect(shown.messages.find(({ destination }) => destination === MAIL)).toMatchObject({
    attempts: 1,
    sent_at: null,
    fault: expect.stringContaining("ECONNREFUSED"),
  });
});

test("a message that is refused for good is tried for three days, set aside with what was said, and those behind it arrive", async () => {
  await mail.up();
  await webhook.up();
  webhook.answer = ({ body }) => (body.includes('"threshold":50') ? 422 : 204);
  await b.open("climate", "100");
  await rule("climate", 50, { destinations: ["webhook"] });
  await rule("climate", 60, { destinations: ["webhook"] });
  await b.spend("climate", "70");
  await b.work.turn();
  for (let hour = 0; hour < 71; hour += 1) {
    expect(await b.work.deliver(never)).toBe(0);
    pass(3_600_000);
  }
  pass(3_600_000);
  expect(await b.work.deliver(never)).toBe(1);
  expect(events().at(-1)!.data).toMatchObject({ threshold: 60 });
  const shown = (await b.call("showAlert", { params: { number: "1" } })) as AlertView;
  expect(shown.messages[0]).toMatchObject({ sent_at: null, refused_at: expect.any(String), fault: "it answered 422" });
});

test("a mail that its server refuses for good is set aside after three days, and those to others arrive at once", async () => {
  await mail.up();
  mail.refuse = (to) => (to === "gone@lab.example" ? { code: 550, words: "no such user" } : null);
  await b.open("climate", "100");
  await rule("climate", 50, { destinations: [MAIL, "mail:gone@lab.example"] });
  await b.spend("climate", "60");
  await b.work.turn();
  expect(await b.work.deliver(never)).toBe(1);
  for (let quarter = 0; quarter < 13; quarter += 1) {
    pass(6 * 3_600_000);
    await b.work.deliver(never);
  }
  const shown = (await b.call("showAlert", { params: { number: "1" } })) as AlertView;
  const set = shown.messages.find(({ destination }) => destination !== MAIL);
  expect([shown.waiting, set?.sent_at, set?.fault]).toEqual([0, null, expect.stringContaining("no such user")]);
  expect(mail.mails.map(({ to }) => to)).toEqual([["pi@lab.example"]]);
});

describe("a secret", () => {
  test("of the mail server is never sent in clear: where it offers no TLS nothing is sent", async () => {
    await mail.up();
    const user = mail.url.replace("smtp://", "smtp://headgate@");
    b = alertBench(bed.db, { ...SETTINGS, mail: { server: user, from: null, password: { text: "sesame" } } });
    await b.open("climate", "100");
    await rule("climate", 50, { destinations: [MAIL] });
    await b.spend("climate", "60");
    expect([await b.work.turn(), await b.work.deliver(never), mail.mails]).toEqual([1, 0, []]);
    const shown = (await b.call("showAlert", { params: { number: "1" } })) as AlertView;
    expect(shown.messages[0]!.fault).toMatch(/STARTTLS|TLS/);
  });

  test("in a file is read for each message, and an address that is one stands in no fault", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-secret-"));
    const file = join(folder, "slack");
    b = alertBench(bed.db, { ...SETTINGS, slack: { url: { file } } });
    await b.open("climate", "100");
    await rule("climate", 50, { destinations: ["slack"] });
    await b.spend("climate", "60");
    await b.work.turn();
    writeFileSync(file, `${webhook.url}/T0-sesame\n`);
    expect(await b.work.deliver(never)).toBe(0);
    const fault = async () => ((await b.call("showAlert", { params: { number: "1" } })) as AlertView).messages[0]!.fault;
    expect(await fault()).toContain("ECONNREFUSED");
    expect(await fault()).not.toContain("sesame");
    await webhook.up();
    pass(60_000);
    expect(await b.work.deliver(never)).toBe(1);
    rmSync(folder, { recursive: true });
    expect(JSON.parse(webhook.posted[0]!.body)).toEqual({
      text: expect.stringMatching(/^warning: climate has spent 60 % of its budget: \$60\.00 of \$100\.00 \(rings at 50 %\)\n/),
    });
  });
});

test("what Slack reads as markup is told as it was typed", () => {
  const facts = {
    account: "climate",
    unit: "USD",
    measure: "spent",
    threshold: 50,
    action: "stop",
    severity: "critical",
    value: 60,
    by: "li",
    why: "<!channel> & go",
    found: null,
  } as const;
  const message = { id: "x", destination: "slack", place: 1n, at: b.clock.now(), event: "lifted", alert: "1", facts } as const;
  expect(slackBody(message).text).toContain("&lt;!channel&gt; &amp; go");
});
