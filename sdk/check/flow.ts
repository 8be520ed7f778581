// The environment of a flow, and its checks.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export function photo(name: string): Blob {
  return new Blob([readFileSync(join(variable("PHOTOS"), name))]);
}

export function require<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

export function expect(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${String(actual)} instead of ${String(expected)}`);
}
