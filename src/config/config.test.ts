import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Problem, type Fault } from "#kernel";
import { readConfigFile } from "./file.ts";
import { configPath, type Surroundings } from "./keys.ts";
import { parseAddress } from "./kinds.ts";
import { loadConfig } from "./config-service.ts";
import { resolveConfig, type FlagTexts } from "./resolve.ts";
import { configJsonSchema } from "./schema.ts";

const PATH = "/home/maria/.config/headgate/config.yaml";

function around(environment: Record<string, string> = {}): Surroundings {
  return { environment, home: "/home/maria", cwd: "/work" };
}

function resolve(file: string | null, environment: Record<string, string> = {}, flags: FlagTexts = {}) {
  return resolveConfig({ flags, surroundings: around(environment), file: file === null ? null : readConfigFile(file, PATH) });
}

function faultsOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.code).toBe("config.invalid");
    return error.faults.map(
      (fault: Fault) =>
        `${fault.place === null ? "" : `${fault.place.line}:${fault.place.column} `}${fault.code} ${fault.path} | ${fault.message} | ${fault.fix}`,
    );
  }
  return [];
}

describe("where a setting comes from", () => {
  test("flag before environment before file before default, and each says so", () => {
    const file = "output: yaml\nproject: climate\nserver:\n  url: http://lab:8787/\n";
    const { config, settings } = resolve(file, { HEADGATE_OUTPUT: "table", HEADGATE_PROJECT: "materials" }, { output: "json" });
    expect([config.output, config.project, config.server.url]).toEqual(["json", "materials", "http://lab:8787"]);
    const where = Object.fromEntries(settings.map((setting) => [setting.key, `${setting.origin} ${setting.where}`.trim()]));
    expect(where).toMatchObject({
      "output": "flag --output",
      "project": "environment HEADGATE_PROJECT",
      "server.url": `file ${PATH}:4:8`,
      "server.listen": "default",
    });
  });

  test("an empty variable is one that is not set", () => {
    expect(resolve("output: yaml\n", { HEADGATE_OUTPUT: "" }).config.output).toBe("yaml");
  });

  test("the defaults need nothing", () => {
    const { config } = resolve(null);
    expect(config).toEqual({
      state: "/home/maria/.local/state/headgate",
      server: { url: null, token: null, listen: { host: "127.0.0.1", port: null }, tls: null, trustedProxies: [], issuers: null, requestsPerSecond: null },
      database: { url: null },
      executor: { cores: null, memory: null, user: null },
      apps: { folder: "/home/maria/.local/share/headgate/apps", path: [] },
      alerts: { source: null, mail: null, webhook: null, slack: null },
      person: null,
      project: null,
      output: "table",
      color: "auto",
    });
    expect(resolve(null, { XDG_STATE_HOME: "/var/s" }).config.state).toBe("/var/s/headgate");
    expect(resolve(null, { XDG_STATE_HOME: "relative" }).config.state).toBe("/home/maria/.local/state/headgate");
    expect(configPath(around({ XDG_CONFIG_HOME: "/etc/me" }))).toBe("/etc/me/headgate/config.yaml");
  });

  test("secrets of alerts come from files or the environment and are never shown", () => {
    const file =
      "alerts:\n  mail: {server: 'smtp://us@mail.lab.example:587', password_file: mail-password}\n  webhook: {url: 'https://hooks.example/T0/token'}\n";
    const { config, settings } = resolve(file, { HEADGATE_ALERTS_WEBHOOK_SECRET: "sesame", HEADGATE_ALERTS_SLACK_URL: "https://hooks.slack.example/sesame" });
    expect(config.alerts).toEqual({
      source: null,
      mail: { server: "smtp://us@mail.lab.example:587", from: null, password: { file: "/home/maria/.config/headgate/mail-password" } },
      webhook: { url: "https://hooks.example/T0/token", secret: { text: "sesame" } },
      slack: { url: { text: "https://hooks.slack.example/sesame" } },
    });
    const shown = settings.map((one) => one.shown).join(" ");
    expect(shown).toContain("https://hooks.example/...");
    expect(shown).not.toMatch(/sesame|token/);
    const wrong = faultsOf(() => resolve("alerts:\n  webhook: {url: 'https://hooks.example/'}\n"));
    expect(wrong.join()).toContain("a webhook needs the secret");
  });

  test("paths are taken from the file's folder, the working folder or the home", () => {
    expect(resolve("state: ../state\n").config.state).toBe("/home/maria/.config/state");
    expect(resolve(null, { HEADGATE_STATE: "state" }).config.state).toBe("/work/state");
    expect(resolve("state: ~/lab\n").config.state).toBe("/home/maria/lab");
    expect(resolve("apps:\n  path: [mine, /srv/apps]\n").config.apps.path).toEqual(["/home/maria/.config/headgate/mine", "/srv/apps"]);
  });

  test("NO_COLOR and DATABASE_URL are known, our own variables come first", () => {
    expect(resolve("color: always\n", { NO_COLOR: "1" }).config.color).toBe("never");
    expect(resolve(null, { NO_COLOR: "1", HEADGATE_COLOR: "always" }).config.color).toBe("always");
    expect(resolve(null, { FORCE_COLOR: "1" }).config.color).toBe("always");
    expect(resolve(null, { DATABASE_URL: "postgres://a@b/c", HEADGATE_DATABASE_URL: "postgres://d@e/f" }).config.database.url).toBe("postgres://d@e/f");
    expect(resolve(null, { DATABASE_URL: "postgres://a@b/c" }).config.database.url).toBe("postgres://a@b/c");
  });

  test("a password is never shown", () => {
    const { settings } = resolve(null, { DATABASE_URL: "postgres://lab:secret@db/h" });
    expect(settings.find((setting) => setting.key === "database.url")?.shown).toBe("postgres://lab:***@db/h");
    const wrong = [
      ...faultsOf(() => resolve(null, { DATABASE_URL: "mysql://lab:secret@db/h" })),
      ...faultsOf(() => resolve("database:\n  url: mysql://lab:secret@db/h\n")),
    ];
    expect(wrong).toHaveLength(2);
    expect(wrong.join()).not.toContain("secret");
  });

  test("the units are those of the field", () => {
    const { config } = resolve("executor:\n  cores: 8\n  memory: 16G\nserver:\n  listen: 9000\n  trusted_proxies: [10.0.0.0/8, ::1]\n");
    expect(config.executor).toMatchObject({ cores: 8, memory: 16_384 });
    expect(config.server).toMatchObject({ listen: { host: "127.0.0.1", port: 9000 }, trustedProxies: ["10.0.0.0/8", "::1"] });
  });
});

describe("what is wrong with the settings", () => {
  test("every fault of the file at once, each with its place", () => {
    expect(
      faultsOf(() => resolve("outptu: json\noutput: jsn\nexecutor:\n  cores: 0\n  memory: lots\nserver:\n  listen: here\n  trusted_proxies: [proxy]\n")),
    ).toEqual([
      '1:1 key.unknown outptu | unknown key "outptu" | Did you mean output?',
      '2:9 value.invalid output | "jsn" is not one of table, json, yaml | Did you mean json?',
      "4:10 value.range executor.cores | 0 is not a whole number from 1 to 4096 | Give a value within the range named.",
      '5:11 value.memory executor.memory | "lots" is not an amount of memory such as 4G | Write 512M, 4G or 1.5T.',
      '7:11 value.invalid server.listen | "here" is not host:port, such as 127.0.0.1:8787 | Give a value that the message allows.',
      '8:20 value.invalid server.trusted_proxies | ["proxy"] is not a list, each an IP address or range such as 10.0.0.0/8 | Give a value that the message allows.',
    ]);
  });

  test("a wrong variable is named", () => {
    expect(faultsOf(() => resolve(null, { HEADGATE_OUTPUT: "jsno", HEADGATE_EXECUTOR_CORES: "many" }))).toEqual([
      'value.range HEADGATE_EXECUTOR_CORES | "many" is not a whole number from 1 to 4096 | Give a whole number from 1 to 4096.',
      'value.invalid HEADGATE_OUTPUT | "jsno" is not one of table, json, yaml | Did you mean json?',
    ]);
  });

  test("a certificate without its key does not silently serve without TLS", () => {
    expect(faultsOf(() => resolve("server:\n  tls:\n    certificate: a.pem\n"))).toEqual([
      "key.missing server.tls.key | TLS needs both a certificate and its key | Set server.tls.key (or HEADGATE_SERVER_TLS_KEY).",
    ]);
  });

  test("a variable that is nearly one of ours is warned of, what jobs are given is not", () => {
    const { warnings } = resolve(null, { HEADGATE_SATE: "/x", HEADGATE_JOB_ID: "1", HEADGATE_WHATEVER: "1" });
    expect(warnings.map((fault) => `${fault.path} ${fault.fix}`)).toEqual(["HEADGATE_SATE Did you mean HEADGATE_STATE?"]);
  });
});

describe("reading addresses", () => {
  test.each([
    ["8787", "127.0.0.1", 8787],
    [":80", "127.0.0.1", 80],
    ["0.0.0.0:443", "0.0.0.0", 443],
    ["[::1]:8787", "::1", 8787],
    ["lab.example.org:1", "lab.example.org", 1],
  ])("%s", (text, host, port) => expect(parseAddress(text)).toEqual({ host, port }));

  test.each(["", "65536", "::1:8787", "a b:1", "host:", "host"])("%j is none", (text) => expect(parseAddress(text)).toBeUndefined());
});

describe("the file", () => {
  test("is read from its place, and need not be there unless it was named", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-config-"));
    const path = join(folder, "lab.yaml");
    writeFileSync(path, "project: climate\n");
    const named = await loadConfig({ flags: {}, surroundings: around({ HEADGATE_CONFIG: path }) });
    expect(named.config.project).toBe("climate");
    const absent = await loadConfig({ flags: {}, surroundings: around({ XDG_CONFIG_HOME: folder }) });
    expect(absent.config.project).toBeNull();
    await expect(loadConfig({ flags: {}, surroundings: around(), file: join(folder, "none.yaml") })).rejects.toMatchObject({ code: "file.unreadable" });
  });

  test("its JSON Schema knows every key and no other", () => {
    const schema = configJsonSchema();
    expect(schema).toMatchObject({
      additionalProperties: false,
      properties: { executor: { additionalProperties: false, properties: { cores: { type: "integer", minimum: 1 } } } },
    });
  });
});
