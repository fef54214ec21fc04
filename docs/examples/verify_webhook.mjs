// Verify a call of the webhook: that we signed this very body, a short while ago.
//
// Usage: WEBHOOK_SECRET=... node verify_webhook.mjs "$SIGNATURE_HEADER" < body
//
// SIGNATURE_HEADER is the value of `X-Reviewstream-Signature`: `t=<unix seconds>,v1=<hex>`. Exit code 0: genuine;
// 1: not. In a service take `problemOf` with the body's bytes as they came: JSON that was read and written again has
// others.

import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

// Older calls may be somebody's copy; newer ones than this clock's time are allowed as much for clocks that differ.
const TOLERANCE_S = 300;

/** Why the call is not to be believed, null where it is. `body` is a Buffer. */
function problemOf(secret, header, body, nowS) {
  const fields = Object.fromEntries(header.split(",").map((part) => part.split(/=(.*)/s)));
  const { t: signedAt = "", v1: given = "" } = fields;
  if (!/^[0-9]+$/.test(signedAt) || given === "") return "no signature";
  const digest = createHmac("sha256", secret).update(`${signedAt}.`).update(body).digest("hex");
  const [ours, theirs] = [Buffer.from(digest), Buffer.from(given)];
  if (ours.length !== theirs.length || !timingSafeEqual(ours, theirs)) {
    return "the signature is not ours, or not of this body";
  }
  return Math.abs(nowS - Number(signedAt)) > TOLERANCE_S ? "signed too long ago" : null;
}

const problem = problemOf(process.env.WEBHOOK_SECRET, process.argv[2], readFileSync(0), Date.now() / 1000);
console.log(problem ?? "genuine");
process.exitCode = problem === null ? 0 : 1;
