import { createHmac } from "node:crypto";

/**
 * The headers of Standard Webhooks: the signature is of the id, the second and the body, so that none can be exchanged for another's. A secret that begins with whsec_ is base64
 * as that specification has it; any other is taken as it stands.
 */
export function signedHeaders(secret: string, { id, at, body }: { readonly id: string; readonly at: number; readonly body: string }): Record<string, string> {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
  const second = String(Math.floor(at / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${second}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": second, "webhook-signature": `v1,${signature}` };
}
