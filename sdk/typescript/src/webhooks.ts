// Verifies deliveries of webhooks, after Standard Webhooks 1.0.0 (HMAC-SHA256, scheme `v1`).
import { createHmac, timingSafeEqual } from "node:crypto";
import { WebhookRejected } from "./errors.js";

type Received = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Accepts a delivery that was signed with the secret of its endpoint in the last five minutes.
 * `headers` have names in lower case, as Node.js has them; `body` is the bytes as received.
 * Throws WebhookRejected.
 */
export function verifyWebhook(
  secret: string,
  headers: Received,
  body: Uint8Array,
  { toleranceSeconds = 300, now = Date.now() / 1000 } = {},
): void {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  if (!secret.startsWith("whsec_") || key.length === 0) {
    throw new TypeError("the secret of an endpoint is whsec_ and base64");
  }
  const text = (name: string): string => String(headers[name] ?? "");
  const timestamp = text("webhook-timestamp");
  if (!/^[0-9]{1,12}$/.test(timestamp)) throw new WebhookRejected("webhook-timestamp is no time");
  if (Math.abs(now - Number(timestamp)) > toleranceSeconds) {
    throw new WebhookRejected("the delivery is too old, or a clock is wrong");
  }
  const hmac = createHmac("sha256", key).update(`${text("webhook-id")}.${timestamp}.`).update(body);
  const expected = Buffer.from(`v1,${hmac.digest("base64")}`);
  const fits = text("webhook-signature").split(" ").map((signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!fits.includes(true)) throw new WebhookRejected("no signature is by this secret");
}
