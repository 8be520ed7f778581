/** The demo client's own calls: those that an application's server makes. */

const KEPT = "tryit"; // in the tab's own storage, which no other port of this machine can read

export class Refused extends Error {
  /** @param {{code?: string, title?: string, detail?: string}} problem */
  constructor(problem) {
    super(problem.detail || problem.title || "The call failed");
    this.code = problem.code ?? "";
  }
}

export class Backend {
  #started;

  /** @param {{access: string, refresh: string, client: string, sandbox: boolean, photos: string[]}} started */
  constructor(started) {
    this.#started = started;
  }

  /**
   * Exchange the key of the printed link, which the address shows no longer, or go on with the
   * tokens of this tab.
   *
   * @throws {Refused}
   */
  static async start() {
    const key = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
    const kept = sessionStorage.getItem(KEPT);
    if (!key && kept) return new Backend(JSON.parse(kept));
    if (!key) throw new Refused({ detail: "This page needs a link of its own." });
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ key });
    const answer = await fetch("start/", { method: "POST", headers, body });
    const started = await answer.json();
    if (!answer.ok) throw new Refused(started);
    sessionStorage.setItem(KEPT, JSON.stringify(started));
    return new Backend(started);
  }

  get client() {
    return this.#started.client;
  }

  get isSandbox() {
    return this.#started.sandbox;
  }

  get photos() {
    return this.#started.photos;
  }

  /**
   * Open a session, and return its answer.
   *
   * @param {"enrollment" | "verification" | "identification"} kind
   * @param {{userId: string, source: "webcam" | "api"}} given
   */
  open(kind, { userId, source }) {
    const body = { session_type: source, metadata: { from: "try" } };
    if (kind === "enrollment") {
      const samples = source === "api" ? { target_samples: 1 } : {};
      return this.#post("/api/auth/enrollment/", { user_id: userId, ...body, ...samples });
    }
    const user = kind === "verification" ? { user_id: userId } : {};
    return this.#post("/api/auth/authentication/", { ...user, ...body });
  }

  /**
   * Post one picture to a session, and return the answer.
   *
   * @param {string} token
   * @param {Blob} picture
   */
  postFrame(token, picture) {
    const form = new FormData();
    form.append("session_token", token);
    form.append("image", picture, "frame.jpg");
    return this.#call("POST", "/api/auth/process-image/", form);
  }

  /** @param {string} token */
  status(token) {
    const headers = { "X-Session-Token": token };
    return this.#call("GET", "/api/auth/sessions/current/", undefined, headers);
  }

  /** @param {string} userId */
  erase(userId) {
    return this.#call("DELETE", `/api/clients/users/${encodeURIComponent(userId)}/`);
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  #post(path, body) {
    return this.#call("POST", path, JSON.stringify(body), { "Content-Type": "application/json" });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {BodyInit} [body]
   * @param {Record<string, string>} [headers]
   * @param {boolean} [isAgain] with a renewed token
   * @returns {Promise<any>} the answer, of which each caller knows the members
   * @throws {Refused}
   */
  async #call(method, path, body, headers = {}, isAgain = false) {
    const authorization = { Authorization: `Bearer ${this.#started.access}` };
    const answer = await fetch(path, { method, body, headers: { ...headers, ...authorization } });
    if (answer.status === 401 && !isAgain) {
      await this.#refresh();
      return this.#call(method, path, body, headers, true);
    }
    const json = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw new Refused(json ?? {});
    return json;
  }

  async #refresh() {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ refresh: this.#started.refresh });
    const answer = await fetch("/api/core/auth/token/refresh/", { method: "POST", headers, body });
    if (!answer.ok) {
      sessionStorage.removeItem(KEPT);
      throw new Refused({ detail: "The link's day is over: ask for a new one." });
    }
    this.#started = { ...this.#started, ...(await answer.json()) };
    sessionStorage.setItem(KEPT, JSON.stringify(this.#started));
  }
}
