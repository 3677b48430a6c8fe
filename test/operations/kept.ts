/** A project with runs of chosen ages, in a store on disk. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProject } from "../../src/app/project.ts";
import { openWorkspace, type Workspace } from "../../src/app/workspace.ts";
import { encode } from "../../src/model/codec.ts";
import type { AppendedEvent } from "../../src/model/events.ts";

export interface KeptRun {
  /** Undefined: it has not ended. */
  readonly endedAgoMs: number | undefined;
  readonly workflow?: string;
  readonly failed?: boolean;
  readonly parent?: string;
  /** Its output; long ones are blobs. */
  readonly output?: unknown;
}

const DAY = 86_400_000;

export class Kept {
  readonly dir: string;
  readonly workspace: Workspace;

  static async open(): Promise<Kept> {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-kept-")));
    writeFileSync(join(dir, "package.json"), '{"name": "kept", "type": "module"}');
    return new Kept(dir, await openWorkspace(await findProject({ from: dir }), "write"));
  }

  constructor(dir: string, workspace: Workspace) {
    this.dir = dir;
    this.workspace = workspace;
  }

  async run(runId: string, { endedAgoMs, workflow = "main", failed, parent, output = 1 }: KeptRun): Promise<void> {
    const { store } = this.workspace;
    const at = Date.now() - (endedAgoMs ?? DAY);
    await store.createRun({
      runId,
      project: "kept",
      workflow,
      version: "unversioned",
      tags: {},
      caller: { kind: "cli", id: "ada" },
      input: encode({}),
      createdAt: at,
      ...(parent === undefined ? {} : { parent: { run: parent, call: 1, item: 0 } }),
    });
    const { epoch, seq } = await store.acquire(runId);
    const owner = store.owner.ownerId;
    const events: AppendedEvent[] = [{ event: { type: "run.started", at, epoch, owner, seed: "s", clock: at } }];
    const error = { code: "WG2001", kind: "thrown", name: "Error", message: "no" } as const;
    if (endedAgoMs !== undefined)
      events.push(
        failed === true
          ? { event: { type: "run.failed", at, error, failures: [] } }
          : { event: { type: "run.completed", at, partial: false }, value: encode(output) },
      );
    await store.append({ runId, epoch, expectedSeq: seq, events });
    await store.release(runId, epoch);
  }

  async remove(): Promise<void> {
    await this.workspace.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
