/** The page's own calls. Frames are the element's. */

/**
 * The members of the answers that the page uses; the OpenAPI document has them all.
 *
 * @typedef {object} PageSession
 * @property {string} token
 * @property {import("../sdk/face-capture.js").Session["kind"]} kind
 * @property {string} session_id
 *
 * @typedef {object} Look
 * @property {string} name
 * @property {string | null} logo_url
 * @property {{accent: string, background: string, text: string} | null} colors
 * @property {"light" | "dark" | "auto"} theme
 *
 * @typedef {object} Opened
 * @property {PageSession} session
 * @property {Look} appearance
 * @property {string | null} language
 * @property {Record<string, Record<string, string>>} texts by language and key
 * @property {string} notice
 * @property {boolean} keeps_images
 * @property {string | null} return_url
 * @property {string[]} parents
 * @property {boolean} is_handover
 * @property {"require" | "refuse" | "allow"} handover
 * @property {boolean} refuse_virtual_cameras
 * @property {number} retries_left
 *
 * @typedef {{outcome: string, retries_left?: number}} End
 * @typedef {{state: string, outcome: string | null, retries_left?: number}} State
 * @typedef {{capture_url: string, capture_link_expires_at: string, qr_code: string}} Code
 * @typedef {{session: PageSession, retries_left: number}} Retried
 *
 * @typedef {object} Calls
 * @property {() => Promise<State>} state
 * @property {() => Promise<Code>} handOver
 * @property {() => Promise<Retried>} retry
 * @property {() => Promise<unknown>} cancel
 */

/** A call that got no answer, or a problem document (RFC 9457). */
export class CallRefused extends Error {
  /**
   * @param {string} code of the problem, or `connection_lost`
   * @param {number} status of the answer; 0 without one
   */
  constructor(code, status) {
    super(code);
    this.code = code;
    this.status = status;
  }

  /** True if the same call will be refused again. */
  get isFinal() {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }
}

/** The state of a session that is gone, with its user, its key or its client. */
const GONE = { state: "ended", outcome: "failed" };

export class PageApi {
  /** @param {string} base the path before `/api/`, without a slash at its end */
  constructor(base) {
    this.base = base;
  }

  /**
   * Use a link up; return its session and what the page shows.
   *
   * @param {string} link its secret
   * @returns {Promise<Opened>}
   */
  redeem(link) {
    return this.call("POST", "redeem/", { body: JSON.stringify({ link }) });
  }

  /**
   * Return the calls of one session.
   *
   * @param {string} token
   * @returns {Calls}
   */
  of(token) {
    const headers = { "X-Session-Token": token };
    return {
      state: () => this.call("GET", "handover/", { headers }).catch(goneOrThrow),
      handOver: () => this.call("POST", "handover/", { headers }),
      retry: () => this.call("POST", "retry/", { headers }),
      cancel: () => this.call("POST", "cancel/", { headers }),
    };
  }

  /**
   * @param {string} method
   * @param {string} path below `/api/capture/`
   * @param {{headers?: Record<string, string>, body?: string}} [sent]
   * @returns {Promise<any>}
   * @throws {CallRefused}
   */
  async call(method, path, { headers = {}, body } = {}) {
    /** @type {Record<string, string>} */
    const type = body ? { "Content-Type": "application/json" } : {};
    let answer;
    try {
      answer = await fetch(`${this.base}/api/capture/${path}`, {
        method,
        body,
        headers: { ...type, ...headers },
        credentials: "omit",
        cache: "no-store",
      });
    } catch {
      throw new CallRefused("connection_lost", 0);
    }
    const members = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new CallRefused(members.code ?? `http_${answer.status}`, answer.status);
    return members;
  }
}

/**
 * @param {unknown} error of a question for a session's state
 * @returns {State}
 */
function goneOrThrow(error) {
  if (error instanceof CallRefused && error.isFinal) return GONE;
  throw error;
}
