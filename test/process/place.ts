/** A folder of its own for a test: project, data folder and ledger; and programs that work in it. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { run, runJson, start, type Left, type Program, type ProgramOptions } from "./program.ts";

const ACTING = fileURLToPath(new URL("./fixtures/acting.ts", import.meta.url));

type Env = Readonly<Record<string, string>>;

export class Place {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-process-")));
  readonly ledger: string = join(this.dir, "ledger");
  readonly #gate: string = join(this.dir, "gate");

  constructor() {
    this.write("package.json", '{"name": "place", "type": "module"}');
  }

  write(name: string, text: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, text);
    return path;
  }

  options(env: Env = {}): ProgramOptions {
    return { cwd: this.dir, env: { LEDGER: this.ledger, GATE: this.#gate, ...env } };
  }

  start(words: readonly string[], env?: Env): Program {
    return start(words, this.options(env));
  }

  run(words: readonly string[], env?: Env): Promise<Left> {
    return run(words, this.options(env));
  }

  json(words: readonly string[], env?: Env): ReturnType<typeof runJson> {
    return runJson(words, this.options(env));
  }

  lines(): string[] {
    try {
      return readFileSync(this.ledger, "utf8").split("\n").slice(0, -1);
    } catch {
      return [];
    }
  }

  /** Waits until the program has written so many lines. @throws when it leaves before. */
  async linesReach(count: number, program: Program): Promise<void> {
    while (this.lines().length < count) {
      const left = await Promise.race([program.left, sleep(10)]);
      if (left && this.lines().length < count)
        throw new Error(`left with ${left.exitCode}:\n${left.stdout}\n${left.stderr}`);
    }
  }

  /** Lets the items of "gated" go on from the sixth. */
  openGate(): void {
    writeFileSync(this.#gate, "");
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The argument of `workgraph run` for a workflow of the fixtures. */
export function acting(name: "acting" | "waiting" | "gated" | "unstoppable"): string {
  return `${ACTING}#${name}`;
}
