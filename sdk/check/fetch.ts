// The README's flow with openapi-typescript and openapi-fetch.
import createClient from "openapi-fetch";
import { expect, photo, require, variable } from "./flow.js";
import type { components, paths } from "./schema.js";

type FrameAnswer = components["schemas"]["FrameAnswer"];

const user_id = "fetch";
const baseUrl = variable("BASE");
const open = createClient<paths>({ baseUrl });
const credentials = { api_key: variable("API_KEY"), api_secret: variable("API_SECRET") };
const { access } = require(await open.POST("/api/core/auth/client/", { body: credentials }));
const backend = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${access}` } });

function form(fields: object): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    data.append(name, value instanceof Blob ? value : String(value));
  }
  return data;
}

async function frame(session_token: string, name: string): Promise<FrameAnswer> {
  const body = { session_token, image: photo(name), frame_number: 1 };
  return require(await backend.POST("/api/auth/process-image/", { body, bodySerializer: form }));
}

async function browserFrame(session_token: string, name: string): Promise<FrameAnswer> {
  const answer = await open.POST("/api/auth/sessions/current/frames/", {
    headers: { "X-Session-Token": session_token },
    body: { image: photo(name) },
    bodySerializer: form,
  });
  return require(answer);
}

const enrollment = require(
  await backend.POST("/api/auth/enrollment/", {
    body: { user_id, capture_type: "api", target_samples: 2, metadata: { check: { n: 1 } } },
  }),
);
await frame(enrollment.session_token, "obama.jpg");
const enrolled = await browserFrame(enrollment.session_token, "obama2.jpg");
expect(enrolled.kind === "enrollment" && enrolled.enrollment_complete, true);

async function authentication(name: string, user?: string): Promise<FrameAnswer> {
  const body = { session_type: "api" as const, ...(user ? { user_id: user } : {}) };
  const opened = require(await backend.POST("/api/auth/authentication/", { body }));
  return frame(opened.session_token, name);
}

const verified = await authentication("obama3.jpg", user_id);
expect(verified.kind === "authentication" && verified.result, "success");
const stranger = await authentication("biden.jpg", user_id);
expect(stranger.reason, "no_match");
const identified = await authentication("obama3.jpg");
expect(identified.kind === "authentication" && identified.matched_user?.user_id, user_id);

const { results } = require(
  await backend.GET("/api/auth/enrollments/", { params: { query: { user_id } } }),
);
expect(results[0]?.status, "completed");
const user = require(
  await backend.GET("/api/auth/users/{user_id}/", { params: { path: { user_id } } }),
);
expect(user.is_enrolled, true);
const status = require(await backend.GET("/api/core/status/"));
expect(typeof status.policy.quality.sharpness, "number");
const { error } = await backend.POST("/api/auth/authentication/", {
  body: { user_id: "nobody", session_type: "api" },
});
expect(error?.code, "user_not_found");
require(
  await backend.DELETE("/api/auth/enrollments/{enrollment_id}/", {
    params: { path: { enrollment_id: enrollment.enrollment_id } },
    parseAs: "text",
  }).then(({ error, response }) => ({ data: response.status === 204 || undefined, error })),
);
