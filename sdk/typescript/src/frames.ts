// Frames: images as a program has them.
import { readFile } from "node:fs/promises";

/** An encoded image (JPEG, PNG, WebP, BMP or AVIF): its bytes, or the path of its file. */
export type Frame = Blob | Uint8Array<ArrayBuffer> | ArrayBuffer | string;
export type Frames = Frame | Iterable<Frame> | AsyncIterable<Frame>;

/** Returns the bytes of a frame. */
export async function read(frame: Frame): Promise<Blob> {
  if (frame instanceof Blob) return frame;
  return new Blob([typeof frame === "string" ? await readFile(frame) : frame]);
}

/** Yields the frames one by one; a single one is a frame of its own. */
export async function* each(frames: Frames): AsyncGenerator<Frame> {
  if (isFrame(frames)) yield frames;
  else yield* frames;
}

function isFrame(value: Frames): value is Frame {
  if (typeof value === "string" || value instanceof Blob) return true;
  return value instanceof Uint8Array || value instanceof ArrayBuffer;
}
