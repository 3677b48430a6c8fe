/**
 * Files that are sent as they are.
 *
 * R1. A file is opened below its folder and nowhere else: the place it really has (links followed) decides, not its name.
 * R2. Only files: no folders, sockets or devices.
 */
import { open, realpath, type FileHandle } from "node:fs/promises";
import { extname, resolve, sep } from "node:path";
import { Readable } from "node:stream";

export interface OpenedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  readonly file: FileHandle;
}

/** @param name relative, with `/`. Undefined when there is no such file below the folder. */
export async function openBelow(folder: string, name: string): Promise<OpenedFile | undefined> {
  try {
    const root = await realpath(folder);
    const path = await realpath(resolve(root, name));
    if (!path.startsWith(root + sep)) return undefined;
    const file = await open(path, "r");
    const found = await file.stat();
    if (found.isFile()) return { path, sizeBytes: found.size, mediaType: mediaTypeOf(path), file };
    await file.close();
    return undefined;
  } catch (error) {
    if (/^(ENOENT|ENOTDIR|EACCES|EISDIR|ELOOP|ENAMETOOLONG|ENXIO)$/.test((error as NodeJS.ErrnoException).code ?? "")) {
      return undefined;
    }
    throw error;
  }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

export function mediaTypeOf(path: string): string {
  return MEDIA_TYPES[extname(path).toLowerCase()] ?? "application/octet-stream";
}

/**
 * The file as a body; it is closed when it was read, or nobody reads it any more.
 *
 * @param range of bytes, both ends in it; default all of them
 */
export function bodyOf(
  { file }: OpenedFile,
  range?: { readonly from: number; readonly to: number },
): ReadableStream<Uint8Array> {
  if (range === undefined) return file.readableWebStream({ autoClose: true }) as ReadableStream<Uint8Array>;
  const { from: start, to: end } = range;
  return Readable.toWeb(file.createReadStream({ start, end })) as ReadableStream<Uint8Array>;
}
