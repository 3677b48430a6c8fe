/**
 * Every operation with its function: the one door for HTTP, MCP and whoever comes later.
 *
 * Owns: which function answers which operation, checking its input, and who may ask. Leaves to model/operations/: names,
 * schemas and routes; to operations/: the work.
 *
 * To add an operation:
 *   1. Write its function in operations/, taking a workspace and an input object, and its command in cli/.
 *   2. Describe it in model/operations/ (an entry of one of the lists there, or a list of your own, named in catalog.ts).
 *   3. Add one line to FUNCTIONS below, and one to the table of routes in docs/server.md.
 *   The HTTP route, its documentation and the MCP tool follow. test/server/parity.test.ts says what is missing.
 *
 * R1. Input is checked against the schema here, once, for all ways in; unknown fields are refused with the nearest known name.
 * R2. What a caller may do is checked here too, behind whatever gate there was.
 */
import type { z } from "zod";
import type { GraphFormat } from "../model/graph-text.ts";
import { nearestName } from "../base/nearest-name.ts";
import { OPERATIONS, operationNamed } from "../model/operations/catalog.ts";
import { ACCESS_ORDER, type Access, type Operation } from "../model/operations/operation.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Caller, Launcher } from "./launcher.ts";
import type { LongAnswers, LongQuestion } from "./long-answers.ts";
import { readDocs, type ReadDocsInput } from "./operations/read-docs.ts";
import { cancelRunFor, forkRun, launchRun, rerunRun, resumeRunFor, waitForAnswer } from "./operations/launch-run.ts";
import { checkWorkflows } from "./operations/check-workflows.ts";
import { MAX_VALUE_LENGTH } from "./operations/item-inputs.ts";
import { errorGroups, type ErrorGroupsInput } from "./operations/error-groups.ts";
import { backup } from "./operations/backup.ts";
import { doctor, type DoctorInput } from "./operations/doctor.ts";
import { gc, type GcInput } from "./operations/gc.ts";
import { pinRun } from "./operations/pin.ts";
import { retentionsIn } from "./retentions.ts";
import { findItems, type FindItemsInput } from "./operations/find-items.ts";
import { firstDivergenceOf, type FirstDivergenceInput } from "./operations/first-divergence.ts";
import { readArtifact, type ReadArtifactInput } from "./operations/read-artifact.ts";
import { watchEvents, type WatchEventsInput } from "./operations/watch-events.ts";
import { listErrors, type ListErrorsInput } from "./operations/list-errors.ts";
import { listEvents, type ListEventsInput } from "./operations/list-events.ts";
import { listItems, type ListItemsInput } from "./operations/list-items.ts";
import { listLogs, type ListLogsInput } from "./operations/list-logs.ts";
import { addNote, authorOf, type AddNoteInput } from "./operations/add-note.ts";
import { listNotes, type ListNotesInput } from "./operations/list-notes.ts";
import { listRuns, type ListRunsInput } from "./operations/list-runs.ts";
import { listTriggers } from "./operations/list-triggers.ts";
import { listVersions, type ListVersionsInput } from "./operations/list-versions.ts";
import { readGraph, readGraphText, type ReadGraphInput } from "./operations/read-graph.ts";
import { readOutputWithin } from "./operations/read-output.ts";
import { readSource, type ReadSourceInput } from "./operations/read-source.ts";
import { readValue, type ReadValueInput } from "./operations/read-value.ts";
import { describeRegistered, explainRegistered, named, traceRegistered } from "./operations/by-name.ts";
import { census, type CensusInput } from "./operations/census.ts";
import { coverage, listGhosts, type CoverageInput } from "./operations/coverage.ts";
import { lineage, type LineageInput } from "./operations/lineage.ts";
import { diff, type DiffInput } from "./operations/diff.ts";
import { checkoutRun, type CheckoutRunInput } from "./operations/checkout-run.ts";
import { exportRun, type ExportRunInput } from "./operations/export-run.ts";
import type { RunFileOrder } from "./run-files.ts";
import { importRun, type ImportRunInput } from "./operations/import-run.ts";
import { listArtifacts, type ListArtifactsInput } from "./operations/list-artifacts.ts";
import {
  runArtifact,
  showArtifact,
  type RunArtifactInput,
  type ShowArtifactInput,
} from "./operations/show-artifact.ts";
import { verifyArtifacts } from "./operations/verify-artifacts.ts";
import { whence, type WhenceInput } from "./operations/whence.ts";
import { why } from "./operations/why.ts";
import { profile, type ProfileInput } from "./operations/profile.ts";
import { listSpans, type ListSpansInput } from "./operations/spans.ts";
import { readTimeline, type ReadTimelineInput } from "./operations/read-timeline.ts";
import { readView, type ReadViewInput } from "./operations/read-view.ts";
import { search, type SearchInput } from "./operations/search.ts";
import { showItem, type ShowItemInput } from "./operations/show-item.ts";
import { showCall, showRun, type ShowRunInput } from "./operations/show-run.ts";
import { showTree, type ShowTreeInput } from "./operations/show-tree.ts";
import type { Registration } from "./registration.ts";
import type { Workspace } from "./workspace.ts";

/** What an operation works with. A way in makes one per request. */
export interface OperationContext {
  readonly workspace: Workspace;
  readonly registration: Registration;
  readonly launcher: Launcher;
  readonly caller: Caller;
  /** What the caller may do at most. */
  readonly access: Access;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** Of a server: how it is. */
  readonly health?: () => Promise<unknown>;
  /** Of a server: what is being worked out. */
  readonly answers?: LongAnswers;
}

type OperationFunction = (context: OperationContext, input: never) => Promise<unknown>;

const FUNCTIONS: Readonly<Record<string, OperationFunction>> = {
  "workflows.list": ({ registration }) => registration.current(),
  "workflows.describe": describeRegistered,
  "workflows.check": async ({ workspace: { project }, registration }, { name }: { readonly name?: string }) =>
    checkWorkflows(project, {
      files: name === undefined ? [] : [(await registration.find(name)).file],
      from: project.root,
    }),
  "versions.list": ({ workspace }, input: ListVersionsInput) => listVersions(workspace, input),
  "docs.read": (_, input: ReadDocsInput) => readDocs(input),
  "health.read": async ({ health }) => {
    if (health !== undefined) return health();
    throw new WorkgraphError("WG6012", "health is an operation of a server, and none runs here");
  },
  "runs.list": ({ workspace }, input: ListRunsInput) => listRuns(workspace, input),
  "runs.search": ({ workspace }, input: SearchInput) => search(workspace, input),
  "triggers.list": (context, input: { readonly workflow?: string; readonly next?: number }) =>
    listTriggers(context, input),
  "errors.groups": ({ workspace }, input: ErrorGroupsInput) => errorGroups(workspace, input),
  "runs.show": ({ workspace }, input: ShowRunInput) => showRun(workspace, input),
  "runs.tree": ({ workspace }, input: ShowTreeInput) => showTree(workspace, input),
  "runs.launch": launchRun,
  "nodes.run": launchRun,
  "runs.resume": resumeRunFor,
  "runs.fork": forkRun,
  "runs.rerun": rerunRun,
  "runs.cancel": cancelRunFor,
  "runs.wait": waitForAnswer,
  "runs.watch": ({ workspace, signal }, input: WatchEventsInput) =>
    watchEvents(workspace, { ...input, ...(signal === undefined ? {} : { signal }) }),
  "output.read": ({ workspace }, input: { readonly run: string }) =>
    readOutputWithin(workspace, { ...input, maxLength: MAX_VALUE_LENGTH }),
  "calls.show": ({ workspace }, input: { readonly call: string }) => showCall(workspace, { run: input.call }),
  "items.list": ({ workspace }, input: ListItemsInput) => listItems(workspace, input),
  "items.find": ({ workspace }, input: FindItemsInput) => findItems(workspace, input),
  "items.show": ({ workspace }, input: ShowItemInput) => showItem(workspace, input),
  "values.read": ({ workspace }, input: ReadValueInput) => readValue(workspace, input),
  "events.list": ({ workspace }, input: ListEventsInput) => listEvents(workspace, input),
  "errors.list": ({ workspace }, input: ListErrorsInput) => listErrors(workspace, input),
  "logs.list": ({ workspace }, input: ListLogsInput) => listLogs(workspace, input),
  "notes.list": ({ workspace }, input: ListNotesInput) => listNotes(workspace, input),
  "notes.add": ({ workspace, caller }, input: AddNoteInput) => addNote(workspace, input, authorOf(caller)),
  "runs.profile": ({ workspace }, input: ProfileInput) => profile(workspace, input),
  "runs.spans": ({ workspace }, input: ListSpansInput) => listSpans(workspace, input),
  "runs.timeline": ({ workspace }, input: ReadTimelineInput) => readTimeline(workspace, input),
  "runs.view": ({ workspace }, input: ReadViewInput) => readView(workspace, input),
  "graph.read": ({ workspace }, { format, ...input }: ReadGraphInput & { readonly format?: GraphFormat }) =>
    format === undefined ? readGraph(workspace, input) : readGraphText(workspace, { ...input, format }),
  "source.read": ({ workspace }, input: ReadSourceInput) => readSource(workspace, input),
  "graph.ghosts": ({ workspace }, input: { readonly run: string }) => listGhosts(workspace, input),
  "items.lineage": ({ workspace }, input: LineageInput) => lineage(workspace, input),
  "items.why": ({ workspace }, input: { readonly item: string }) => why(workspace, input),
  "coverage.read": ({ workspace }, input: CoverageInput) => coverage(workspace, input),
  "shapes.count": ({ workspace }, input: CensusInput) => census(workspace, input),
  "workflows.trace": traceRegistered,
  "workflows.explain": explainRegistered,
  "artifacts.list": ({ workspace }, input: ListArtifactsInput) => listArtifacts(workspace, input),
  "artifacts.of-run": ({ workspace }, input: ListArtifactsInput) => listArtifacts(workspace, input),
  "artifacts.final": ({ workspace }, input: RunArtifactInput) => runArtifact(workspace, input),
  "artifacts.show": ({ workspace }, input: ShowArtifactInput) => showArtifact(workspace, named(input)),
  "artifacts.read": ({ workspace }, input: ReadArtifactInput) => readArtifact(workspace, input),
  "artifacts.verify": ({ workspace: { project } }, input: { readonly selector: string }) =>
    verifyArtifacts(project, named(input)),
  "runs.first-divergence": ({ workspace }, input: FirstDivergenceInput) => firstDivergenceOf(workspace, input),
  "runs.diff": ({ workspace }, input: DiffInput) => diff(workspace, input),
  "runs.pin": ({ workspace }, input: { readonly run: string }) => pinRun(workspace, { ...input, how: "pinned" }),
  "runs.unpin": ({ workspace }, input: { readonly run: string }) => pinRun(workspace, { ...input, how: "free" }),
  "history.gc": ({ workspace, registration }, input: GcInput) =>
    gc(workspace, input, async () => retentionsIn((await registration.current()).workflows)),
  "history.doctor": ({ workspace }, input: DoctorInput) => doctor(workspace, input),
  "history.backup": ({ workspace }, { file }: { readonly file: string }) =>
    backup(workspace, { file, from: workspace.project.root }),
  "runs.checkout": ({ workspace }, input: CheckoutRunInput) => checkoutRun(workspace, input),
  "runs.export": ({ workspace }, input: ExportRunInput) => exportRun(workspace, input),
  "runs.import": ({ workspace }, input: ImportRunInput) => importRun(workspace, input),
  "exports.start": ({ answers, workspace }, input: RunFileOrder) => workedOut(answers).export(workspace.store, input),
  "operations.show": ({ answers }, { id, waitMs }: { readonly id: string; readonly waitMs?: number }) =>
    workedOut(answers).show(id, waitMs),
  "operations.cancel": async ({ answers }, { id }: { readonly id: string }) => workedOut(answers).cancel(id),
  "files.whence": ({ workspace }, input: WhenceInput) => whence(workspace, input),
};

function workedOut(answers: LongAnswers | undefined): LongAnswers {
  if (answers !== undefined) return answers;
  throw new WorkgraphError("WG6012", "long answers are followed on a server, and none runs here", {
    hint: "Ask for what you want to know: elsewhere it is answered when it is there.",
  });
}

/** Operations that a function answers; the others are streams. */
export function isAnswered(operation: Operation): boolean {
  return Object.hasOwn(FUNCTIONS, operation.name);
}

/**
 * Answers an operation.
 *
 * @throws WorkgraphError WG6012 for a name that there is not, WG6010 for an input that does not fit, WG6005 when the caller may
 *   not, and what the operation throws.
 */
export async function perform(name: string, context: OperationContext, input: unknown): Promise<unknown> {
  const operation = requireOperation(name);
  requireAccess(operation, context.access);
  const checked = checkInput(operation, input);
  const run = FUNCTIONS[name];
  if (run === undefined) throw new WorkgraphError("WG6012", `"${name}" is followed, not answered`);
  return run(context, checked as never);
}

/** As `perform`, and what reads long logs is worked out in a thread, where there is one: who asks waits, and nobody else. */
export async function performAside(name: string, context: OperationContext, input: unknown): Promise<unknown> {
  const operation = requireOperation(name);
  requireAccess(operation, context.access);
  const { answers, signal } = context;
  const question = answers && (await longQuestion(operation, context, input));
  return question === undefined ? perform(name, context, input) : answers!.whole(question, signal);
}

/** What is to be worked out in a thread; undefined: what reads no long logs, or where there is no thread. */
export async function longQuestion(
  operation: Operation,
  { answers, workspace }: OperationContext,
  input: unknown,
): Promise<LongQuestion | undefined> {
  const { name, readsLogsOf } = operation;
  if (answers === undefined || readsLogsOf === undefined) return undefined;
  const checked = checkInput(operation, input);
  const runs = readsLogsOf.map((field) => checked[field]).filter((run) => run !== undefined);
  const events = await answers.eventsOf(workspace.store, runs);
  return events === undefined ? undefined : { name, input: checked, events };
}

export function requireOperation(name: string): Operation {
  const operation = operationNamed(name);
  if (operation !== undefined) return operation;
  const near = nearestName(
    name,
    OPERATIONS.map((one) => one.name),
  );
  const hint = near === undefined ? "/api/openapi.json lists them." : `Did you mean "${near}"?`;
  throw new WorkgraphError("WG6012", `there is no operation "${name}"`, { hint });
}

/** R2. */
export function requireAccess(operation: Operation, access: Access): void {
  if (ACCESS_ORDER.indexOf(access) >= ACCESS_ORDER.indexOf(operation.access)) return;
  throw new WorkgraphError("WG6005", `"${operation.name}" needs a token with ${operation.access} access`, {
    hint: `Make one: workgraph token create NAME --${operation.access}. It goes into the header "Authorization: Bearer TOKEN".`,
    details: { needs: operation.access, has: access },
  });
}

/** R1. */
export function checkInput(operation: Operation, input: unknown): Readonly<Record<string, unknown>> {
  const result = operation.input.strict().safeParse(input ?? {});
  if (result.success) return result.data;
  const fields = Object.keys(operation.input.shape);
  const lines = result.error.issues.flatMap((issue) => sentences(issue, fields));
  throw new WorkgraphError("WG6010", `the input of "${operation.name}" is wrong: ${lines.join("; ")}`, {
    hint: fields.length === 0 ? "It takes nothing." : `It takes ${fields.map((field) => `"${field}"`).join(", ")}.`,
    details: { issues: result.error.issues.map(({ path, message }) => ({ path: path.map(String), message })) },
  });
}

function sentences(issue: z.core.$ZodIssue, fields: readonly string[]): readonly string[] {
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    return issue.keys.map((key) => {
      const near = nearestName(key, fields);
      return `"${key}" is no field${near === undefined ? "" : `; did you mean "${near}"?`}`;
    });
  }
  return [`${issue.path.length === 0 ? "" : `"${issue.path.join(".")}" `}${issue.message}`];
}
