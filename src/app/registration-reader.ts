/**
 * Reads workflow files in a child process.
 *
 * Owns: the child's life. Leaves to registration-process.ts: what it does.
 *
 * R1. One file at a time: a file that hangs or ends the process is known by name, and the next one gets a new process.
 * R2. A child that nobody asks ends after a while; it does not keep this process alive.
 */
import type { ChildProcess } from "node:child_process";
import { systemClock, type TimerHandle } from "../base/clock.ts";
import type { Project } from "../model/config.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { startProcess } from "./child-process.ts";
import { thrownAgain } from "./failure.ts";
import type { ReadAnswer, ReadRequest } from "./registration-process.ts";
import { problemOf, shownPath, type FileReading } from "./registration-reading.ts";

const READ_WITHIN_MS = 10_000;
const IDLE_MS = 15_000;

export class RegistrationReader {
  readonly #project: Project;
  readonly #withinMs: number;
  #child: ChildProcess | undefined;
  /** Resolves when the child can read, or is gone. */
  #ready: Promise<void> = Promise.resolve();
  #idle: TimerHandle | undefined;
  #nextId = 1;
  /** The reading that was asked for last. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(project: Project, options: { readonly withinMs?: number } = {}) {
    this.#project = project;
    this.#withinMs = options.withinMs ?? READ_WITHIN_MS;
  }

  /** Never rejects: what goes wrong is a problem of the file. */
  read(file: string, files: readonly string[]): Promise<FileReading> {
    const reading = this.#last.then(() => this.#readNow(file, files));
    this.#last = reading;
    return reading;
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  async #readNow(file: string, files: readonly string[]): Promise<FileReading> {
    try {
      return await this.#ask(file, files);
    } catch (error) {
      return { workflows: [], problems: [problemOf(this.#project, file, error)], inputs: [file] };
    }
  }

  async #ask(file: string, files: readonly string[]): Promise<FileReading> {
    if (this.#closed) throw new WorkgraphError("WG5007", "the registration is closed");
    const child = this.#running();
    child.ref();
    child.channel?.ref();
    await this.#ready;
    const id = this.#nextId++;
    const { root, name, dataDir, artifactsDir, configFile } = this.#project;
    const project = { root, name, dataDir, artifactsDir, ...(configFile === undefined ? {} : { configFile }), files };
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        systemClock.clearTimer(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
        this.#rest();
        how();
      };
      const onMessage = (answer: ReadAnswer): void => {
        if (answer.id !== id) return;
        settle(() => ("reading" in answer ? resolve(answer.reading) : reject(thrownAgain(answer.failure))));
      };
      const onExit = (exitCode: number | null, signal: string | null): void => {
        this.#child = undefined;
        settle(() => reject(endedReading(shownPath(this.#project, file), signal ?? `exit code ${exitCode}`)));
      };
      const timer = systemClock.setTimer(() => {
        this.#end();
        settle(() => reject(tooSlow(shownPath(this.#project, file), this.#withinMs)));
      }, this.#withinMs);
      child.on("message", onMessage);
      child.on("exit", onExit);
      if (child.connected) child.send({ id, project, file } satisfies ReadRequest);
      else onExit(child.exitCode, child.signalCode);
    });
  }

  #running(): ChildProcess {
    if (this.#idle !== undefined) systemClock.clearTimer(this.#idle);
    this.#idle = undefined;
    if (this.#child?.connected) return this.#child;
    const child = startProcess("registration", {
      cwd: this.#project.root,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.on("error", () => undefined);
    child.on("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#ready = new Promise((resolve) => {
      child.once("message", () => resolve());
      child.once("exit", () => resolve());
      child.once("error", () => resolve());
    });
    this.#child = child;
    return child;
  }

  /** R2. */
  #rest(): void {
    this.#idle ??= systemClock.setTimer(() => this.#end(), IDLE_MS);
    this.#idle.unref();
    this.#child?.unref();
    this.#child?.channel?.unref();
  }

  #end(): void {
    if (this.#idle !== undefined) systemClock.clearTimer(this.#idle);
    this.#idle = undefined;
    // It may be in an endless loop, which hears no other signal.
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}

function tooSlow(file: string, withinMs: number): WorkgraphError {
  return new WorkgraphError("WG6021", `"${file}" was not loaded within ${withinMs / 1_000} s`, {
    hint: "Code outside of functions runs when a file is loaded: move what takes long into a node.",
  });
}

function endedReading(file: string, how: string): WorkgraphError {
  return new WorkgraphError("WG6022", `"${file}" ended the process that loaded it (${how})`, {
    hint: "Code outside of functions runs when a file is loaded: nothing there may end the process.",
  });
}
