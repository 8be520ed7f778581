/** The page's own calls. Frames are the element's. */

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

export class PageApi {
  /** @param {string} base the path before `/api/`, without a slash at its end */
  constructor(base) {
    this.base = base;
  }

  /** Use a link up; return its session and what the page shows. */
  redeem(link) {
    return this.call("POST", "redeem/", { body: JSON.stringify({ link }) });
  }

  /** Return the calls of one session. */
  of(token) {
    const headers = { "X-Session-Token": token };
    return {
      state: () => this.call("GET", "handover/", { headers }),
      handOver: () => this.call("POST", "handover/", { headers }),
      retry: () => this.call("POST", "retry/", { headers }),
      cancel: () => this.call("POST", "cancel/", { headers }),
    };
  }

  async call(method, path, { headers = {}, body } = {}) {
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
