/**
 * Says when something changed in folders that matter for registration.
 *
 * R1. Folders are watched, not files: editors replace files, and new files come.
 * R2. Where a folder cannot be watched (too many watches, a network file system that refuses), it is looked at once a second,
 *     and `degraded` says why.
 */
import { watch, type FSWatcher } from "node:fs";
import { systemClock, type TimerHandle } from "../base/clock.ts";

/** Editors write in several operations; and what is bundled that long after it was written is kept for launches
 *  (version/input-stats.ts R2). */
const QUIET_MS = 100;
const POLL_MS = 1_000;

export class FolderWatch {
  readonly #changed: () => void;
  readonly #watchers: Map<string, FSWatcher> = new Map();
  #quiet: TimerHandle | undefined;
  #poll: TimerHandle | undefined;
  #closed = false;
  degraded: string | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Watches these folders and no others. */
  set(folders: ReadonlySet<string>): void {
    if (this.#closed) return;
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    for (const timer of [this.#quiet, this.#poll]) if (timer !== undefined) systemClock.clearTimer(timer);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#soon());
      watcher.on("error", (error) => this.#fallBack(folder, error));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      // A folder that is gone comes back with its parent, which is watched too.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#fallBack(folder, error as Error);
    }
  }

  #soon(): void {
    if (this.#closed || this.#quiet !== undefined) return;
    this.#quiet = systemClock.setTimer(() => {
      this.#quiet = undefined;
      this.#changed();
    }, QUIET_MS);
    this.#quiet.unref();
  }

  /** R2. */
  #fallBack(folder: string, error: Error): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
    this.degraded = `"${folder}" cannot be watched (${error.message}); files are looked at once a second`;
    if (this.#poll !== undefined || this.#closed) return;
    const look = (): void => {
      this.#changed();
      this.#poll = systemClock.setTimer(look, POLL_MS);
      this.#poll.unref();
    };
    this.#poll = systemClock.setTimer(look, POLL_MS);
    this.#poll.unref();
  }
}
