import { describe, expect, test } from "vitest";
import { hostName, isOurHost, maySignIn, mayUseCookie } from "./guard.ts";

const loopback = { secure: false, addresses: false };
const own = "http://127.0.0.1:8787";

describe("host names", () => {
  test.each([
    ["127.0.0.1:8787", true],
    ["localhost:9000", true],
    ["LOCALHOST", true],
    ["[::1]:8787", true],
    ["evil.example:8787", false],
    ["127.0.0.1.evil.example", false],
    ["localhost.evil.example", false],
    ["192.168.1.7:8787", false],
    ["127.0.0.1:8787@evil.example", false],
    ["", false],
    ["127.0.0.1:8787, evil.example", false],
  ])("on loopback %s is ours: %s", (host, ours) => {
    expect(isOurHost(host, loopback)).toBe(ours);
  });

  test("without TLS a server open to the network takes bare addresses, with TLS any name that is one", () => {
    const hosts = ["10.1.2.3:8443", "[fd00::1]", "headgate.uni.example", "not a host"];
    expect(hosts.map((host) => isOurHost(host, { secure: false, addresses: true }))).toEqual([true, true, false, false]);
    expect(hosts.map((host) => isOurHost(host, { secure: true, addresses: true }))).toEqual([true, true, true, false]);
  });

  test("a missing Host is nobody's", () => {
    expect(isOurHost(undefined, loopback)).toBe(false);
    expect(hostName("[::1]:80")).toBe("::1");
  });
});

describe("cookies of a signed-in person", () => {
  const none = { site: undefined, origin: undefined };
  test.each([
    ["POST", { site: "same-origin", origin: own }, true],
    ["POST", { site: "same-site", origin: "http://127.0.0.1:3000" }, false],
    ["POST", { site: "cross-site", origin: "https://evil.example" }, false],
    ["POST", { site: "none", origin: undefined }, false],
    ["POST", { site: undefined, origin: own }, true],
    ["POST", { site: undefined, origin: "http://127.0.0.1:3000" }, false],
    ["POST", { site: undefined, origin: "null" }, false],
    ["DELETE", none, false],
    ["GET", none, true],
    ["GET", { site: "none", origin: undefined }, true],
    ["GET", { site: "same-site", origin: undefined }, false],
    ["GET", { site: "cross-site", origin: undefined }, false],
  ])("%s with %o is let in: %s", (method, headers, allowed) => {
    expect(mayUseCookie(method, headers, own)).toBe(allowed);
  });

  test("a sign-in comes from our own page or from no browser", () => {
    expect(maySignIn(none, own)).toBe(true);
    expect(maySignIn({ site: "same-origin", origin: own }, own)).toBe(true);
    expect(maySignIn({ site: "cross-site", origin: own }, own)).toBe(false);
    expect(maySignIn({ site: undefined, origin: "https://evil.example" }, own)).toBe(false);
  });
});
