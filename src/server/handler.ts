/**
 * The server as a web handler: a Request goes in, a Response comes out, wherever it listens.
 *
 * Owns: the order of things (gate, route, answer, log) and the parts that live as long as the server. Leaves to listen.ts: sockets.
 *
 * R1. The gate comes first, for everything.
 * R2. It never throws: every error is an answer.
 * R3. No code of a workflow is loaded here, and nothing is executed: runs are in processes of their own.
 */
import { systemClock } from "../base/clock.ts";
import type { Caller, Launcher } from "../app/launcher.ts";
import { LongAnswers, type LongAnswersOptions } from "../app/long-answers.ts";
import { readOfflinePage } from "../app/offline-page.ts";
import { packageVersion } from "../app/package-version.ts";
import { ProcessLauncher, type RunnerLimits } from "../app/process-launcher.ts";
import { Registration } from "../app/registration.ts";
import type { OperationContext } from "../app/registry.ts";
import { isSameToken, TokenCheck } from "../app/tokens.ts";
import { TriggerService } from "../app/trigger-service.ts";
import type { Workspace } from "../app/workspace.ts";
import { DEFENCES, type Defences } from "./defences.ts";
import type { GateRules, HostRule, Known, RawFacts } from "./gate.ts";
import { healthOf } from "./health.ts";
import { IdleIndexing } from "./idle-indexing.ts";
import { errorAnswer } from "./response.ts";
import { routesOf, type Mount } from "./routes.ts";
import { Streams, type StreamLimits } from "./streams.ts";
import { UI_FOLDER } from "./ui.ts";

export interface HandlerOptions {
  /** Hosts that are ours; default: the names of this machine for itself, with any port. */
  readonly host?: HostRule;
  /** Default "open"; "token" wherever others can reach us. */
  readonly reading?: "open" | "token";
  /** The token of the page that this server gives an address for, and whose it is. */
  readonly pageToken?: { readonly token: string; readonly caller: Caller };
  /** "watch": edits of workflow files are noticed at once. Default "ask": when somebody asks. */
  readonly registration?: "watch" | "ask";
  readonly launcher?: Launcher;
  /** Of the launcher that is made where none is given. */
  readonly runners?: RunnerLimits;
  /** "fire": schedules start runs, and failed runs that nobody told of are told of. Default "off". */
  readonly triggers?: "fire" | "off";
  readonly mounts?: readonly Mount[];
  readonly uiFolder?: string;
  readonly streams?: StreamLimits;
  readonly answers?: LongAnswersOptions;
  readonly log?: (entry: RequestEntry) => void;
  /** Told what happens without a request: a run's process is gone, a disk is full, a schedule's run does not start. */
  readonly tell?: (text: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** One answered request, without anything that may be secret: no query, no header, no body. */
export interface RequestEntry {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly caller?: string;
  readonly code?: string;
  /** Of errors that are no errors of the product. */
  readonly stack?: string;
}

export interface Handler {
  fetch(request: Request, raw?: RawFacts): Promise<Response>;
  readonly registration: Registration;
  readonly launcher: Launcher;
  readonly openStreams: number;
  /** Ends streams, then runs within the grace; gives the runs that were interrupted. */
  close(graceMs?: number): Promise<readonly string[]>;
}

export const LOOPBACK_NAMES: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];
const GRACE_MS = 8_000;
const MAX_PATH = 200;

/** @param parts for tests, which take defences away one by one; the product has no such choice */
export async function createHandler(
  workspace: Workspace,
  options: HandlerOptions = {},
  parts: { readonly defences: Defences } = { defences: DEFENCES },
): Promise<Handler> {
  const { defences } = parts;
  const { uiFolder = UI_FOLDER, runners = {}, tell = () => undefined } = options;
  const launcher = options.launcher ?? new ProcessLauncher(workspace, { ...runners, tell, duty: "the server's" });
  const registration = new Registration(workspace.project);
  const streams = new Streams(workspace, options.streams);
  const answers = new LongAnswers(workspace.project, {
    offlinePage: () => readOfflinePage(uiFolder),
    ...options.answers,
  });
  // Nobody waits for that.
  void answers.files.sweep().catch(() => undefined);
  let answering = 0;
  const indexing = new IdleIndexing(workspace, () => answering > 0);
  const version = await packageVersion();
  const startedAt = systemClock.now();
  const rules = gateRules(workspace, options);
  const app = routesOf({ defences, streams, uiFolder, packageVersion: version, mounts: options.mounts ?? [] });
  registration.onChange(() => streams.changes.workflowsChanged());
  if (options.registration === "watch") await registration.watch();
  const triggers = new TriggerService({ workspace, registration, launcher, tell });
  // Files are read for it; nobody who asks waits for that.
  if (options.triggers === "fire") void triggers.start().catch(() => undefined);
  const health = (): ReturnType<typeof healthOf> =>
    healthOf({ workspace, registration, launcher, triggers, packageVersion: version, startedAt, uiFolder });

  const answer = async (request: Request, raw: RawFacts | undefined, said: { caller?: string }): Promise<Response> => {
    const { caller, access } = await defences.admit(request, rules, raw);
    said.caller = `${caller.kind}:${caller.id}`;
    const { signal } = request;
    const operation: OperationContext = { workspace, registration, launcher, caller, access, signal, health, answers };
    return app.fetch(request, { operation });
  };

  return {
    registration,
    launcher,
    get openStreams() {
      return streams.open;
    },
    async fetch(request, raw) {
      const since = systemClock.perf();
      const said: { caller?: string } = {};
      const entry = (status: number): RequestEntry => ({
        method: request.method,
        path: new URL(request.url).pathname.slice(0, MAX_PATH),
        status,
        ms: Math.round(systemClock.perf() - since),
        ...said,
      });
      answering++;
      try {
        const response = await answer(request, raw, said);
        options.log?.(entry(response.status));
        return response;
      } catch (error) {
        const { response, failure } = errorAnswer(error);
        const { code, stack } = failure;
        options.log?.({ ...entry(response.status), code, ...(stack === undefined ? {} : { stack }) });
        return request.method === "HEAD" ? new Response(null, response) : response;
      } finally {
        answering--;
      }
    },
    async close(graceMs = GRACE_MS) {
      streams.close();
      registration.close();
      await Promise.all([indexing.close(), answers.close()]);
      // No fire begins any more; one that is being launched ends with the launcher.
      const ending = triggers.close();
      const interrupted = await launcher.close(graceMs);
      await ending;
      return interrupted;
    },
  };
}

function gateRules(workspace: Workspace, options: HandlerOptions): GateRules {
  const tokens = new TokenCheck(workspace.project);
  const { pageToken } = options;
  return {
    host: options.host ?? { names: new Map(LOOPBACK_NAMES.map((name) => [name, "any"])) },
    reading: options.reading ?? "open",
    data: ["/api", ...(options.mounts ?? []).map((mount) => mount.path)],
    async known(token): Promise<Known | undefined> {
      if (pageToken !== undefined && isSameToken(token, pageToken.token))
        return { caller: pageToken.caller, access: "admin" };
      const entry = await tokens.entryOf(token);
      return entry === undefined ? undefined : { caller: { kind: "token", id: entry.name }, access: entry.access };
    },
  };
}
