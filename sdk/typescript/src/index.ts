export { newKey } from "./calls.js";
export { FaceplatformClient } from "./client.js";
export type { AuthenticationOutcome, EnrollmentOutcome, Options } from "./client.js";
export {
  ApiError,
  ConnectionFailed,
  FaceplatformError,
  InvalidAnswer,
  ResultRejected,
  WaitTimedOut,
  WebhookRejected,
} from "./errors.js";
export type { ErrorCode, Problem } from "./errors.js";
export { Imports } from "./imports.js";
export type { Import, ImportItem, WaitOptions } from "./imports.js";
export { ResultVerifier } from "./results.js";
export type { Claims, VerifierOptions } from "./results.js";
export type { Frame, Frames } from "./frames.js";
export type { Retry } from "./retry.js";
export type { components, paths } from "./schema.js";
export { verifyWebhook } from "./webhooks.js";
