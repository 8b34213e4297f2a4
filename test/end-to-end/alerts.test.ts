import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../beds/eventually.ts";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { freePorts, type PortBlock } from "../beds/ports.ts";
import { mailReceiver, webhookReceiver, type MailReceiver, type WebhookReceiver } from "../beds/receivers.ts";

const MAIL = "mail:pi@lab.example";
const UP_MS_MAX = 120_000;

let bed: HeadgateBed;
let ports: PortBlock;
let webhook: WebhookReceiver;
let mail: MailReceiver;
beforeAll(async () => {
  ports = await freePorts(2);
  webhook = webhookReceiver(ports.base);
  mail = mailReceiver(ports.base + 1);
  bed = await headgateBed({
    environment: { HEADGATE_ALERTS_WEBHOOK_URL: webhook.url, HEADGATE_ALERTS_WEBHOOK_SECRET: "sesame", HEADGATE_ALERTS_MAIL_SERVER: mail.url },
  });
  await webhook.up();
  await mail.up();
  await bed.up();
}, UP_MS_MAX);
afterAll(async () => {
  await bed.down();
  await webhook.down();
  await mail.down();
  ports.release();
});

const ids = () => webhook.posted.map(({ headers }) => headers["webhook-id"]);
const places = async (destination: string) =>
  (await bed.sql<{ id: string }>("select id from headgate.alert_message where destination = $1 order by place", [destination])).map(({ id }) => id);

test(
  "alerts of a worker that is killed with -9 while it sends arrive nonetheless, in order; what was on its way comes again under its id",
  async () => {
    const call = async (path: string, key: string, body: object) => {
      const { status, body: answer } = await bed.call("POST", path, { key, body });
      expect([status < 300, status < 300 ? null : answer]).toEqual([true, null]);
    };
    await call("/api/v1/budget/accounts", "open", { name: "ocean", kind: "institution", allocated: "100" });
    for (const threshold of [10, 20, 30, 40, 50])
      await call("/api/v1/budget/accounts/ocean/alert-rules", `rule-${threshold}`, {
        measure: "committed",
        threshold,
        action: threshold === 50 ? "stop" : "notify",
        destinations: ["webhook", MAIL],
        reason: "as agreed",
      });
    // The third message is taken by the receiver, and its sender dies before it hears so.
    const taken = Promise.withResolvers<void>();
    webhook.answer = ({ body }) => {
      if ((JSON.parse(body) as { sequence: string }).sequence !== "000000000003") return 204;
      taken.resolve();
      return new Promise<number>(() => undefined);
    };
    await call("/api/v1/budget/holds", "hold", { account: "ocean", amount: "60", subject: "test" });
    await taken.promise;
    expect(await bed.kill("worker")).toBe(true);
    webhook.answer = () => 204;
    // A minute passes, after which the destination is free for another.
    await bed.sql("update headgate.alert_destination set leased_until = now() where lease is not null");
    await bed.up();
    await eventually(
      "every message",
      () => bed.sql<{ waiting: string }>("select count(*)::text as waiting from headgate.alert_message where sent_at is null"),
      ([row]) => row?.waiting === "0",
      UP_MS_MAX,
    );
    const webhookIds = await places("webhook");
    expect(webhookIds).toHaveLength(5);
    expect(ids()).toEqual([...webhookIds.slice(0, 3), webhookIds[2], ...webhookIds.slice(3)]);
    const mailed = mail.mails.map(({ id }) => id);
    expect([...new Set(mailed)]).toEqual((await places(MAIL)).map((id) => `<${id}@headgate>`));
    const refused = await bed.call("POST", "/api/v1/budget/holds", { key: "late", body: { account: "ocean", amount: "1", subject: "test" } });
    expect(refused).toMatchObject({ status: 402, body: { code: "budget.stopped", detail: "ocean takes no new work: an alert stopped it" } });
  },
  2 * UP_MS_MAX,
);
