/**
 * What a replayed function reads that its log does not have, caught in the act, with the author's line.
 *
 * Owns: wrappers around clocks, chance, environment and files for the time of a replay check. Leaves to globals.ts: what answers
 * inside a workflow function, and captured originals; to replay-check.ts: what becomes of a sighting.
 *
 * R1. Wrappers answer as the originals do; they only look who asks. What acts on the world (a request, a written file) is not done
 *     again: its run has done it.
 * R2. Only a line of the author's own counts, in the frame of a replay: what a package reads for itself is not told.
 * R3. Whoever replaced one of these meanwhile keeps what it set.
 */
import nodeCrypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import type { CauseKind, LikelyCause } from "../model/divergence-report.ts";
import { currentFrame, type Frame } from "../trace/current.ts";
import { captureSite, originalSite } from "../trace/site.ts";

type Seen = (...args: never[]) => unknown;

const watched: WeakMap<Frame, Map<string, LikelyCause>> = new WeakMap();
const OWN_FOLDERS: readonly string[] = [
  new URL("..", import.meta.url).href,
  fileURLToPath(new URL("..", import.meta.url)),
];

/** From here on what this frame reads is noted; gives what was. */
export function watchFrame(frame: Frame): () => readonly LikelyCause[] {
  const seen = new Map<string, LikelyCause>();
  watched.set(frame, seen);
  return () => [...seen.values()];
}

/** R2. @param above the wrapper whose caller is the author's */
export function saw(what: { readonly kind: CauseKind; readonly text: string }, above: Seen): boolean {
  const frame = currentFrame();
  const seen = frame && watched.get(frame);
  if (!seen) return false;
  const site = captureSite(above);
  if (!site || isForeign(site.file)) return false;
  const original = originalSite(site);
  if (isForeign(original.file)) return false;
  const { file, line, column } = original;
  seen.set(`${what.text} ${file}:${line}`, { ...what, site: { file, line, column } });
  return true;
}

function isForeign(file: string): boolean {
  return (
    file.startsWith("node:") || file.includes("/node_modules/") || OWN_FOLDERS.some((folder) => file.startsWith(folder))
  );
}

interface Spied {
  readonly holder: object;
  readonly keys: readonly string[];
  readonly kind: CauseKind;
  readonly name: string;
}

const FUNCTIONS: readonly Spied[] = [
  { holder: process, keys: ["hrtime", "uptime", "cpuUsage"], kind: "clock", name: "process" },
  { holder: process, keys: ["cwd", "memoryUsage", "getuid"], kind: "environment", name: "process" },
  {
    holder: os,
    keys: ["hostname", "userInfo", "cpus", "freemem", "totalmem", "loadavg", "tmpdir", "homedir", "networkInterfaces"],
    kind: "environment",
    name: "os",
  },
  { holder: os, keys: ["uptime"], kind: "clock", name: "os" },
  {
    holder: nodeCrypto,
    keys: [
      "generateKeySync",
      "generateKeyPairSync",
      "generatePrimeSync",
      "generateKey",
      "generateKeyPair",
      "generatePrime",
      "createECDH",
    ],
    kind: "chance",
    name: "crypto",
  },
  { holder: globalThis.crypto.subtle, keys: ["generateKey"], kind: "chance", name: "crypto.subtle" },
  {
    holder: fs,
    keys: ["readFileSync", "readdirSync", "existsSync", "statSync", "lstatSync", "openSync", "readlinkSync"],
    kind: "files",
    name: "fs",
  },
  { holder: fs.promises, keys: ["readFile", "readdir", "stat", "open"], kind: "files", name: "fs.promises" },
  {
    holder: globalThis,
    keys: ["setTimeout", "setInterval", "setImmediate"],
    kind: "untracked-await",
    name: "",
  },
];

const FILE_ACTS = ["appendFile", "copyFile", "mkdir", "rename", "rm", "rmdir", "unlink", "writeFile"] as const;

/** R1. What is given instead of doing it: nothing, or a promise of which nothing comes. */
const ACTS: readonly (Spied & { readonly instead: () => unknown })[] = [
  { holder: globalThis, keys: ["fetch"], kind: "untracked-await", name: "", instead: never },
  {
    holder: fs,
    keys: FILE_ACTS.map((act) => `${act}Sync`),
    kind: "files",
    name: "fs",
    instead: () => undefined,
  },
  { holder: fs.promises, keys: FILE_ACTS, kind: "files", name: "fs.promises", instead: never },
];

function never(): Promise<never> {
  return new Promise(() => undefined);
}

const PROPERTIES: readonly Spied[] = [
  { holder: process, keys: ["pid", "ppid", "argv", "execArgv"], kind: "environment", name: "process" },
  { holder: performance, keys: ["timeOrigin"], kind: "clock", name: "performance" },
];

let users = 0;
let restore: Array<() => void> = [];

/** Gives what ends it. @param sync brings named imports up to date (globals.ts) */
export function installSpies(sync: () => void): () => void {
  if (users++ === 0) {
    for (const { holder, keys, kind, name } of FUNCTIONS)
      for (const key of keys)
        replace(holder, key, (original) => wrapFunction(original, { kind, text: textOf(name, key) }));
    for (const { holder, keys, kind, name, instead } of ACTS)
      for (const key of keys)
        replace(holder, key, (original) => wrapFunction(original, { kind, text: textOf(name, key), instead }));
    for (const { holder, keys, kind, name } of PROPERTIES)
      for (const key of keys) replaceProperty(holder, key, { kind, text: textOf(name, key) });
    replace(process, "env", (env) => spiedEnvironment(env as NodeJS.ProcessEnv));
    spyOnFormats();
    sync();
  }
  return () => {
    if (--users > 0) return;
    for (const back of restore.splice(0).toReversed()) back();
    sync();
  };
}

function textOf(name: string, key: string): string {
  const full = name === "" ? key : `${name}.${key}`;
  if (FILE_ACTS.some((act) => key.startsWith(act))) return `it acts by ${full}`;
  return /^(?:fetch|set\w+)$/.test(key) ? `it waits for ${full}(), which the log does not have` : `it reads ${full}`;
}

function replace(holder: object, key: string, wrapped: (original: unknown) => unknown): void {
  const before = Object.getOwnPropertyDescriptor(holder, key);
  const original: unknown = Reflect.get(holder, key);
  if (original === undefined || before?.configurable === false) return;
  const value = wrapped(original);
  Object.defineProperty(holder, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? true,
  });
  restore.push(() => {
    // R3.
    if (Reflect.get(holder, key) !== value) return;
    if (before) Object.defineProperty(holder, key, before);
    else Reflect.deleteProperty(holder, key);
  });
}

interface Wrapped {
  readonly kind: CauseKind;
  readonly text: string;
  /** Undefined: it is done. */
  readonly instead?: () => unknown;
}

function wrapFunction(original: unknown, { kind, text, instead }: Wrapped): unknown {
  if (typeof original !== "function") return original;
  const what = { kind, text };
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const isSeen = saw(what, wrapper as Seen);
    return isSeen && instead ? instead() : (Reflect.apply(original, this, args) as unknown);
  };
  for (const [key, inner] of Object.entries(original as unknown as Record<string, unknown>))
    Object.defineProperty(wrapper, key, { value: wrapFunction(inner, what), configurable: true });
  // Not enumerable on the original.
  const bigint: unknown = (original as { bigint?: unknown }).bigint;
  if (typeof bigint === "function") Object.defineProperty(wrapper, "bigint", { value: wrapFunction(bigint, what) });
  return wrapper;
}

function replaceProperty(holder: object, key: string, what: { readonly kind: CauseKind; readonly text: string }): void {
  const before = Object.getOwnPropertyDescriptor(holder, key);
  if (before?.configurable === false) return;
  const get = (): unknown => {
    saw(what, get as Seen);
    return before?.get ? (Reflect.apply(before.get, holder, []) as unknown) : before?.value;
  };
  Object.defineProperty(holder, key, { get, configurable: true, enumerable: before?.enumerable ?? true });
  restore.push(() => {
    if (Object.getOwnPropertyDescriptor(holder, key)?.get !== get) return;
    if (before) Object.defineProperty(holder, key, before);
    else Reflect.deleteProperty(holder, key);
  });
}

function spiedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const note = (key: string | symbol, above: Seen): void => {
    if (typeof key === "string") saw({ kind: "environment", text: `it reads process.env.${key}` }, above);
  };
  const get = (target: NodeJS.ProcessEnv, key: string | symbol): unknown => {
    note(key, get as Seen);
    return Reflect.get(target, key);
  };
  const has = (target: NodeJS.ProcessEnv, key: string | symbol): boolean => {
    note(key, has as Seen);
    return Reflect.has(target, key);
  };
  const ownKeys = (target: NodeJS.ProcessEnv): (string | symbol)[] => {
    saw({ kind: "environment", text: "it lists process.env" }, ownKeys as Seen);
    return Reflect.ownKeys(target);
  };
  return new Proxy(env, { get, has, ownKeys });
}

/** Without an argument a format is of the present time. */
function spyOnFormats(): void {
  const { prototype } = Intl.DateTimeFormat;
  const what = { kind: "clock", text: "it formats the present time with Intl.DateTimeFormat" } as const;
  const before = Object.getOwnPropertyDescriptor(prototype, "format");
  if (before?.get) {
    const original = before.get;
    const get = function (this: Intl.DateTimeFormat): unknown {
      const format = Reflect.apply(original, this, []) as (date?: Date | number) => string;
      const wrapper = (date?: Date | number): string => {
        if (date === undefined) saw(what, wrapper as Seen);
        return format(date);
      };
      return wrapper;
    };
    Object.defineProperty(prototype, "format", { ...before, get });
    restore.push(() => Object.defineProperty(prototype, "format", before));
  }
  replace(prototype, "formatToParts", (original) => {
    const wrapper = function (this: Intl.DateTimeFormat, date?: Date | number): unknown {
      if (date === undefined) saw(what, wrapper as Seen);
      return Reflect.apply(original as (date?: Date | number) => unknown, this, [date]);
    };
    return wrapper;
  });
}
