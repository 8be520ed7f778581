export { FaceplatformClient, newKey } from "./client.js";
export type { AuthenticationOutcome, EnrollmentOutcome, Options } from "./client.js";
export {
  ApiError,
  ConnectionFailed,
  FaceplatformError,
  InvalidAnswer,
  WebhookRejected,
} from "./errors.js";
export type { ErrorCode, Problem } from "./errors.js";
export type { Frame, Frames } from "./frames.js";
export type { Retry } from "./retry.js";
export type { components, paths } from "./schema.js";
export { verifyWebhook } from "./webhooks.js";
