// The README's flow with the client of Hey API's generator.
import { createClient } from "./hey/client/index.js";
import * as api from "./hey/index.js";
import { expect, photo, require, variable } from "./flow.js";

const user_id = "hey";
const baseUrl = variable("BASE");
const open = createClient({ baseUrl });
const { access } = require(
  await api.authClient({
    client: open,
    body: { api_key: variable("API_KEY"), api_secret: variable("API_SECRET") },
  }),
);
const client = createClient({ baseUrl, auth: access });

async function frame(session_token: string, name: string): Promise<api.FrameAnswer> {
  const body = { session_token, image: photo(name), frame_number: 1 };
  return require(await api.processImage({ client, body }));
}

async function browserFrame(session_token: string, name: string): Promise<api.FrameAnswer> {
  const browser = createClient({ baseUrl, auth: session_token });
  return require(await api.sessionFrame({ client: browser, body: { image: photo(name) } }));
}

const enrollment = require(
  await api.enrollmentOpen({
    client,
    body: { user_id, capture_type: "api", target_samples: 2, metadata: { check: { n: 1 } } },
  }),
);
await frame(enrollment.session_token, "obama.jpg");
const enrolled = await browserFrame(enrollment.session_token, "obama2.jpg");
expect(enrolled.kind === "enrollment" && enrolled.enrollment_complete, true);

async function authentication(name: string, user?: string): Promise<api.FrameAnswer> {
  const body = { session_type: "api" as const, ...(user ? { user_id: user } : {}) };
  const opened = require(await api.authenticationOpen({ client, body }));
  return frame(opened.session_token, name);
}

const verified = await authentication("obama3.jpg", user_id);
expect(verified.kind === "authentication" && verified.result, "success");
const stranger = await authentication("biden.jpg", user_id);
expect(stranger.reason, "no_match");
const identified = await authentication("obama3.jpg");
expect(identified.kind === "authentication" && identified.matched_user?.user_id, user_id);

const { results } = require(await api.enrollmentList({ client, query: { user_id } }));
expect(results[0]?.status, "completed");
const user = require(await api.userRead({ client, path: { user_id } }));
expect(user.is_enrolled, true);
const status = require(await api.status({ client }));
expect(typeof status.policy.quality.sharpness, "number");
const { error } = await api.authenticationOpen({
  client,
  body: { user_id: "nobody", session_type: "api" },
});
expect(error?.code, "user_not_found");
const removed = await api.enrollmentRemove({
  client,
  path: { enrollment_id: enrollment.enrollment_id },
});
expect(removed.response?.status, 204);
