import { Problem } from "#kernel";
import { isLoopback } from "./guard.ts";

/** How a server may be reached, as it was configured. */
export type ListenSettings = {
  /** The address to listen on. */
  readonly host: string;
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  readonly trustedProxies: readonly string[];
};

export type Exposure = { readonly wide: boolean; readonly proxyOnly: boolean };

/**
 * What a server may do where it listens. On this machine alone nothing is needed (the token is still); to the network it speaks TLS
 * itself, or only with a named proxy that does. Throws `server.exposed`, and `config.invalid` for networks that are none.
 */
export function decideExposure(settings: ListenSettings): Exposure {
  for (const proxy of settings.trustedProxies) {
    if (!/^[0-9a-fA-F.:]{2,45}(?:\/\d{1,3})?$/.test(proxy))
      throw new Problem("config.invalid", {
        detail: `server.trusted_proxies: "${proxy}" is not an address or a network`,
        fix: "Give an address such as 10.0.0.5, or a network such as 10.0.0.0/24.",
      });
    if (/^(?:0\.0\.0\.0|::)\/0$/.test(proxy))
      throw new Problem("config.invalid", { detail: `server.trusted_proxies: ${proxy} trusts everybody`, fix: "Name the proxy's own address." });
  }
  const wide = !isLoopback(settings.host.toLowerCase());
  if (wide && settings.tls === null && settings.trustedProxies.length === 0) {
    throw new Problem("server.exposed", { detail: `${settings.host} can be reached from the network, where tokens would pass in clear` });
  }
  return { wide, proxyOnly: wide && settings.tls === null };
}
