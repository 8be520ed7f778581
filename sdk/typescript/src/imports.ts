// Imports of many users at once.
import type { Client } from "openapi-fetch";
import { data, newKey, pages } from "./calls.js";
import { WaitTimedOut } from "./errors.js";
import { read, type Frame } from "./frames.js";
import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
export type Import = Schemas["Import"];
export type ImportItem = Schemas["ImportItem"];

const ENDED = new Set<Import["status"]>(["completed", "cancelled", "failed"]);

export interface WaitOptions {
  /** Is called with each state, also the last: `processed` of `total` items have ended. */
  readonly onProgress?: (state: Import) => void;
  /** Between two readings; 2 by default. */
  readonly everySeconds?: number;
  /** After which to give up; never by default. */
  readonly timeoutSeconds?: number;
}

function formOf({ file, ...fields }: Schemas["StartImportRequest"]): FormData {
  const form = new FormData();
  form.append("file", file, "import");
  for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
  return form;
}

/** Starts imports and follows them. */
export class Imports {
  readonly #api: Client<paths>;
  readonly #sleep: (seconds: number) => Promise<void>;
  readonly #now: () => number;

  constructor(
    api: Client<paths>,
    clock: { sleep: (seconds: number) => Promise<void>; now: () => number },
  ) {
    this.#api = api;
    this.#sleep = clock.sleep;
    this.#now = clock.now;
  }

  /**
   * Starts an import of a zip archive of images, or of a CSV file of users: its path, a Blob or
   * bytes, 15 MB at most. `target_samples`: most images of a template.
   */
  async start(
    file: Frame,
    fields: { target_samples?: number; skip_enrolled?: boolean } = {},
  ): Promise<Import> {
    const body = { skip_enrolled: true, ...fields, file: await read(file) };
    const answer = await this.#api.POST("/api/clients/users/import/", {
      body,
      bodySerializer: formOf,
      headers: newKey(),
    });
    return data(answer);
  }

  /** Returns the state of an import. */
  async read(id: string): Promise<Import> {
    const params = { path: { import_id: id } };
    return data(await this.#api.GET("/api/clients/imports/{import_id}/", { params }));
  }

  /** Yields imports, the newest first. */
  list(wanted: { status?: Import["status"] } = {}): AsyncGenerator<Import> {
    return pages(async (cursor) => {
      const params = { query: { ...wanted, ...cursor } };
      return data(await this.#api.GET("/api/clients/imports/", { params }));
    });
  }

  /** Yields what became of each user, in the file's order. */
  items(
    id: string,
    wanted: { result?: Schemas["ImportResultEnum"] } = {},
  ): AsyncGenerator<ImportItem> {
    return pages(async (cursor) => {
      const params = { path: { import_id: id }, query: { ...wanted, ...cursor } };
      return data(await this.#api.GET("/api/clients/imports/{import_id}/items/", { params }));
    });
  }

  /** Ends an import; users that are done stay. */
  async cancel(id: string): Promise<Import> {
    const params = { path: { import_id: id } };
    const path = "/api/clients/imports/{import_id}/cancel/";
    return data(await this.#api.POST(path, { params, headers: newKey() }));
  }

  /** Returns the import once it has ended. Throws WaitTimedOut. */
  async wait(
    id: string,
    { onProgress, everySeconds = 2, timeoutSeconds = Infinity }: WaitOptions = {},
  ): Promise<Import> {
    const began = this.#now();
    for (;;) {
      const state = await this.read(id);
      onProgress?.(state);
      if (ENDED.has(state.status)) return state;
      if (this.#now() - began + everySeconds > timeoutSeconds) {
        throw new WaitTimedOut(`import ${id} has not ended in ${timeoutSeconds} seconds`);
      }
      await this.#sleep(everySeconds);
    }
  }
}
