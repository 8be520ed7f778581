// The client: whole sessions in one call, and every other call of the API by its path.
import { setTimeout } from "node:timers/promises";
import createClient, { type Client } from "openapi-fetch";
import { checkedBaseUrl } from "./addresses.js";
import { data, newKey } from "./calls.js";
import { ApiError, FaceplatformError, InvalidAnswer } from "./errors.js";
import { each, read, type Frame, type Frames } from "./frames.js";
import { Imports } from "./imports.js";
import { DEFAULT_RETRY, type Retry } from "./retry.js";
import type { components, paths } from "./schema.js";
import { Transport } from "./transport.js";

type Schemas = components["schemas"];
type EnrollmentAnswer = Schemas["EnrollmentFrameAnswer"];
type AuthenticationAnswer = Schemas["AuthenticationFrameAnswer"];
type FrameAnswer = Schemas["FrameAnswer"];
type EnrollmentFields = Partial<Omit<Schemas["OpenEnrollmentRequest"], "user_id">>;
type AuthenticationFields = Omit<Schemas["OpenAuthenticationRequest"], "user_id" | "group">;

export interface Options {
  /** Of the service, such as `https://faces.example.com`, with its path, if any. */
  readonly baseUrl: string;
  readonly key: string;
  readonly secret: string;
  /** For each attempt; 30 by default. */
  readonly timeoutSeconds?: number;
  readonly retry?: Partial<Retry>;
  /** Send key and secret without encryption to another machine than this one. */
  readonly allowHttp?: boolean;
  /** With a proxy or your own certificates; for tests. */
  readonly fetch?: typeof globalThis.fetch;
  readonly sleep?: (seconds: number) => Promise<void>;
  readonly now?: () => number;
}

export interface EnrollmentOutcome {
  readonly enrolled: boolean;
  readonly enrollmentId: string;
  /** The code of the last frame, such as `enrolled` or `blurred`. */
  readonly reason: string;
  readonly advice: string;
  readonly answers: readonly EnrollmentAnswer[];
}

export interface AuthenticationOutcome {
  /** The user was recognized, and every liveness check of the session passed. */
  readonly matched: boolean;
  readonly userId: string | null;
  /** The code of the last frame, such as `matched`, `no_match` or `undecided`. */
  readonly reason: string;
  readonly advice: string;
  /** 0..1; 0.5 at a false match rate of one in a thousand. */
  readonly similarityScore: number | null;
  readonly sessionToken: string;
  readonly answers: readonly AuthenticationAnswer[];
}

const OPEN = new Set<string>(["pending", "active", "processing"]);

export class FaceplatformClient {
  /**
   * Every call of the API, typed by the schema. Errors are thrown, so `data` is the answer.
   * A POST with the header `Idempotency-Key` is repeated where that helps.
   */
  readonly api: Client<paths>;
  /** Imports of many users at once. */
  readonly imports: Imports;

  constructor(options: Options) {
    const baseUrl = checkedBaseUrl(options.baseUrl, options.allowHttp ?? false);
    const clock = {
      sleep: options.sleep ?? ((seconds: number) => setTimeout(seconds * 1000)),
      now: options.now ?? (() => performance.now() / 1000),
    };
    const transport = new Transport({
      baseUrl,
      key: options.key,
      secret: options.secret,
      timeoutSeconds: options.timeoutSeconds ?? 30,
      retry: { ...DEFAULT_RETRY, ...options.retry },
      fetch: options.fetch ?? globalThis.fetch,
      ...clock,
    });
    this.api = createClient<paths>({ baseUrl, fetch: transport.fetch });
    this.imports = new Imports(this.api, clock);
  }

  /** Enrolls a user with frames, one after the other until the session ends. */
  async enroll(
    userId: string,
    frames: Frames,
    fields: EnrollmentFields = {},
  ): Promise<EnrollmentOutcome> {
    const body = { ...source(fields), ...fields, user_id: userId };
    const opened = data(
      await this.api.POST("/api/auth/enrollment/", { body, headers: newKey() }),
    );
    const answers = await this.#run(opened.session_token, frames, isEnrollment);
    const last = final(answers);
    return {
      enrolled: last.enrollment_complete,
      enrollmentId: opened.enrollment_id,
      reason: last.reason,
      advice: last.advice,
      answers,
    };
  }

  /** Tells if the person in the frames is this user. */
  async verify(
    userId: string,
    frames: Frames,
    fields: AuthenticationFields = {},
  ): Promise<AuthenticationOutcome> {
    return this.#authenticate(frames, { ...source(fields), ...fields, user_id: userId });
  }

  /** Tells who the person in the frames is, among all users or the members of a group by its id. */
  async identify(
    frames: Frames,
    { group, ...fields }: AuthenticationFields & { group?: string } = {},
  ): Promise<AuthenticationOutcome> {
    const among = group === undefined ? {} : { group };
    return this.#authenticate(frames, { ...source(fields), ...fields, ...among });
  }

  /** Posts an image to a session. A refused frame is no error. */
  async sendFrame(sessionToken: string, frame: Frame, frameNumber?: number): Promise<FrameAnswer> {
    const form = new FormData();
    form.append("session_token", sessionToken);
    if (frameNumber !== undefined) form.append("frame_number", String(frameNumber));
    form.append("image", await read(frame), "image");
    const answer = await this.api.POST("/api/auth/process-image/", {
      body: {},
      bodySerializer: () => form,
      headers: newKey(),
    });
    return data(answer);
  }

  /**
   * Exchanges a successful authentication for a signed result, once, within 5 minutes. Another
   * service checks it with `ResultVerifier`.
   */
  async signedResult(sessionToken: string): Promise<Schemas["SignedResult"]> {
    const body = { session_token: sessionToken };
    return data(await this.api.POST("/api/core/auth/user/", { body, headers: newKey() }));
  }

  /** Ends a session without a result. */
  async cancel(sessionToken: string): Promise<void> {
    const header = { "X-Session-Token": sessionToken };
    await this.api.DELETE("/api/auth/sessions/current/", { params: { header } });
  }

  async #authenticate(
    frames: Frames,
    body: Schemas["OpenAuthenticationRequest"],
  ): Promise<AuthenticationOutcome> {
    const opened = data(
      await this.api.POST("/api/auth/authentication/", { body, headers: newKey() }),
    );
    const answers = await this.#run(opened.session_token, frames, isAuthentication);
    const last = final(answers);
    return {
      matched: last.result === "success",
      userId: last.matched_user?.user_id ?? null,
      reason: last.reason,
      advice: last.advice,
      similarityScore: last.similarity_score,
      sessionToken: opened.session_token,
      answers,
    };
  }

  // Posts the frames until the session ends. Cancels it if it is still open after the last frame,
  // or after an error.
  async #run<T extends FrameAnswer>(
    sessionToken: string,
    frames: Frames,
    isOfKind: (answer: FrameAnswer) => answer is T,
  ): Promise<T[]> {
    const answers: T[] = [];
    try {
      for await (const frame of each(frames)) {
        const answer = await this.sendFrame(sessionToken, frame, answers.length + 1);
        if (!isOfKind(answer)) throw new InvalidAnswer(`an answer of another kind: ${answer.kind}`);
        answers.push(answer);
        if (!OPEN.has(answer.session_status)) return answers;
      }
    } catch (error) {
      await this.#cancelAfter(sessionToken, error);
      throw error;
    }
    await this.cancel(sessionToken);
    return answers;
  }

  // The error that is about to be thrown matters more than a cancellation that fails: the session
  // then expires.
  async #cancelAfter(sessionToken: string, error: unknown): Promise<void> {
    if (error instanceof ApiError && error.problem?.session_status !== undefined) return;
    try {
      await this.cancel(sessionToken);
    } catch (failed) {
      if (!(failed instanceof FaceplatformError)) throw failed;
    }
  }
}

function source(fields: { capture_type?: string; session_type?: string }): {
  capture_type?: "api";
} {
  return fields.capture_type || fields.session_type ? {} : { capture_type: "api" };
}

function final<T>(answers: readonly T[]): T {
  const last = answers.at(-1);
  if (last === undefined) throw new TypeError("there is no frame");
  return last;
}

function isEnrollment(answer: FrameAnswer): answer is EnrollmentAnswer {
  return answer.kind === "enrollment";
}

function isAuthentication(answer: FrameAnswer): answer is AuthenticationAnswer {
  return answer.kind === "authentication";
}
