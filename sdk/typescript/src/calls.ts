// What calls have in common: keys, answers, pages.
import { randomUUID } from "node:crypto";
import { InvalidAnswer } from "./errors.js";
import { KEY_HEADER } from "./transport.js";

/** Returns the header that lets a POST be repeated. */
export function newKey(): { [KEY_HEADER]: string } {
  return { [KEY_HEADER]: randomUUID() };
}

/** Returns the answer's JSON. */
export function data<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new InvalidAnswer("an answer without JSON");
  return answer.data;
}

/** Yields the items of a list, page after page. */
export async function* pages<T>(
  read: (cursor: { cursor?: string }) => Promise<{ next: string | null; results: T[] }>,
): AsyncGenerator<T> {
  for (let at: { cursor?: string } | null = {}; at !== null; ) {
    const { next, results } = await read(at);
    yield* results;
    at = next === null ? null : { cursor: cursorOf(next) };
  }
}

// The address itself is not called: a proxy may have written another host into it.
function cursorOf(next: string): string {
  const cursor = new URL(next).searchParams.get("cursor");
  if (cursor === null) throw new InvalidAnswer("a page without a cursor to the next one");
  return cursor;
}
