/**
 * The file that runs travel in: gzip over lines of JSON. `docs/export-format.md` says the same for other programs.
 *
 * Owns: lines, bytes within them, and the limits of a file that somebody else wrote. Leaves to export-run.ts and import-run.ts: which
 * lines, and what they mean.
 *
 * R1. Written and read as a stream: neither side holds a file, a blob or an artifact whole because of its size.
 * R2. The last line names how many lines came before it and the sha256 over them: a file that was cut or changed is WG4063.
 * R3. What is unpacked is bounded as it is unpacked (WG4064): by its size, by how much more it is than the file, and by the length of a
 *     line.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { link, rm, stat } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { WorkgraphError } from "../../model/workgraph-error.ts";

export const FILE_FORMAT = "workgraph-runs";
export const FILE_SCHEMA = 1;
/** Bytes of a blob or file in one line. */
export const PIECE_BYTES: number = 512 * 1024;

export type FileLine = Readonly<Record<string, unknown>> & { readonly type: string };

export interface FileLimits {
  /** Bytes of all lines. */
  readonly totalBytes: number;
  /** Characters of one line. */
  readonly lineLength: number;
  /** How many times more than the file its lines may be, from SMALL_BYTES on. */
  readonly ratio: number;
}

export const FILE_LIMITS: FileLimits = { totalBytes: 8 * 2 ** 30, lineLength: 32 * 2 ** 20, ratio: 300 };
const SMALL_BYTES = 64 * 2 ** 20;

export class RunFileWriter {
  readonly #file: string;
  readonly #making: string;
  readonly #gzip: ReturnType<typeof createGzip> = createGzip({ level: 6 });
  readonly #out: ReturnType<typeof createWriteStream>;
  readonly #written: Promise<void>;
  readonly #hash: ReturnType<typeof createHash> = createHash("sha256");
  #lines = 0;

  constructor(file: string) {
    this.#file = file;
    this.#making = `${file}.${process.pid}.part`;
    this.#out = this.#gzip.pipe(createWriteStream(this.#making, { flags: "wx", mode: 0o600 }));
    this.#written = finished(this.#out);
    // Told by the next line or by `end`.
    this.#written.catch(() => this.#gzip.destroy());
  }

  async line(line: FileLine): Promise<void> {
    const text = `${JSON.stringify(line)}\n`;
    this.#hash.update(text);
    this.#lines++;
    if (this.#gzip.destroyed) await this.#written;
    if (this.#gzip.write(text)) return;
    await Promise.race([new Promise((resolve) => this.#gzip.once("drain", resolve)), this.#written]);
  }

  /** `bytes` lines that belong to the line before. */
  async bytes(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    for await (const piece of pieces)
      for (let at = 0; at < piece.length; at += PIECE_BYTES)
        await this.line({
          type: "bytes",
          base64: Buffer.from(piece.subarray(at, at + PIECE_BYTES)).toString("base64"),
        });
  }

  /** R2. The file appears whole; nothing is overwritten. */
  async end(): Promise<{ readonly sizeBytes: number }> {
    const [lines, sha256] = [this.#lines, this.#hash.copy().digest("hex")];
    await this.line({ type: "end", lines, sha256 });
    this.#gzip.end();
    await this.#written;
    try {
      await link(this.#making, this.#file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      throw new WorkgraphError("WG4062", `"${this.#file}" exists already`, { hint: "Name a file that does not." });
    }
    return { sizeBytes: (await stat(this.#file)).size };
  }

  /** Removes what was not ended, and the draft of what was. */
  async close(): Promise<void> {
    this.#gzip.destroy();
    this.#out.destroy();
    await this.#written.catch(() => undefined);
    await rm(this.#making, { force: true });
  }
}

/**
 * The lines of a file but the last, which is checked.
 *
 * @throws WorkgraphError WG4063 (no such file, cut, changed), WG4064 (too large)
 */
export async function* fileLines(file: string, limits: FileLimits = FILE_LIMITS): AsyncGenerator<FileLine> {
  const hash = createHash("sha256");
  let count = 0;
  let last: FileLine | undefined;
  for await (const text of textLines(file, limits)) {
    if (last?.type === "end") throw notWhole(file, "something follows its end");
    const line = lineOf(text);
    if (line === undefined) throw notWhole(file, `line ${count + 1} is none of this format`);
    last = line;
    if (line.type === "end") continue;
    if (count === 0) requireKnown(file, line);
    hash.update(`${text}\n`);
    count++;
    yield line;
  }
  if (last?.type !== "end") throw notWhole(file, "its end is missing");
  if (last["lines"] !== count || last["sha256"] !== hash.digest("hex")) throw notWhole(file, "it was changed");
}

function requireKnown(file: string, { type, format, schema }: FileLine): void {
  if (type !== "head" || format !== FILE_FORMAT) throw notWhole(file, "it holds no runs");
  if (schema !== FILE_SCHEMA)
    throw notWhole(file, `it has schema ${JSON.stringify(schema)}, and this release reads ${FILE_SCHEMA}`);
}

function lineOf(text: string): FileLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null && typeof (line as FileLine).type === "string"
      ? (line as FileLine)
      : undefined;
  } catch {
    return undefined;
  }
}

/** R3. */
async function* textLines(file: string, limits: FileLimits): AsyncGenerator<string> {
  const { size } = await stat(file).catch((cause: unknown) => {
    throw notWhole(file, `it cannot be read: ${(cause as Error).message}`);
  });
  const most = Math.min(limits.totalBytes, Math.max(SMALL_BYTES, size * limits.ratio));
  const input = createReadStream(file);
  const unpacked = input.pipe(createGunzip());
  input.on("error", (error) => unpacked.destroy(error));
  let parts: Buffer[] = [];
  let length = 0;
  let total = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > most) throw tooLarge(file, `unpacks to more than ${most} bytes`);
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, end));
        from = end + 1;
        yield Buffer.concat(parts).toString("utf8");
        parts = [];
        length = 0;
      }
      parts.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > limits.lineLength) throw tooLarge(file, `has a line of more than ${limits.lineLength} bytes`);
    }
  } catch (cause) {
    if (cause instanceof WorkgraphError) throw cause;
    throw notWhole(file, `it cannot be unpacked: ${(cause as Error).message}`);
  } finally {
    input.destroy();
    unpacked.destroy();
  }
  if (length > 0) throw notWhole(file, "its last line has no end");
}

export function notWhole(file: string, reason: string): WorkgraphError {
  return new WorkgraphError("WG4063", `"${file}" cannot be imported: ${reason}`, {
    hint: "nothing was imported; take the file again from where it was exported",
  });
}

function tooLarge(file: string, reason: string): WorkgraphError {
  return new WorkgraphError("WG4064", `"${file}" ${reason}`, {
    hint: "nothing was imported; a file of this size is exported without --files, or in runs of their own",
  });
}
