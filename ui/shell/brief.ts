/**
 * What failed, for whoever is to correct it: a text that a coding agent can begin with.
 *
 * R1. It says what failed, at which item, in which line, with the code around it as it ran; then the commands that show more,
 *     reproduce it, and execute only what a correction changes.
 * R2. Messages, values and code came out of a run: they stand between marks that say so, and no command is made of them.
 */
import { shellWord } from "../../src/model/command-line.ts";
import type { ItemDetail, RunDetail, RunError } from "../api/answers.ts";

/** Errors told one by one; of more their number is. */
const SHOWN_ERRORS = 5;
const AROUND_LINES = 4;
const VALUE_CHARACTERS = 2_000;

export interface BriefSource {
  readonly run: RunDetail;
  /** Whose brief it is; absent: the run's. */
  readonly item?: ItemDetail;
  readonly errors: readonly RunError[];
  /** Source of the version, by stored path. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** That starts the same run again. */
  readonly launch: string;
}

export function briefText(source: BriefSource): string {
  const { run, item, launch } = source;
  const final = source.errors.filter((error) => error.final);
  const where = item?.address ?? run.runId;
  const head = item
    ? `Item ${item.path} of node "${item.node}" (${item.address}) of workflow "${run.workflow}" is ${item.status}.`
    : `Run ${run.runId} of workflow "${run.workflow}" is ${run.status}.`;
  const ran = run.git?.commit === undefined ? "" : `, commit ${run.git.commit}${run.git.dirty ? " with changes" : ""}`;
  const lines = [head, `It ran version ${run.version}${ran}.`, ""];
  if (final.length === 0) lines.push("Nothing failed for good.", "");
  else lines.push(`What failed (${final.length}):`, "");
  for (const error of final.slice(0, SHOWN_ERRORS)) lines.push(...errorLines(error, source.files), "");
  if (final.length > SHOWN_ERRORS)
    lines.push(`and ${final.length - SHOWN_ERRORS} more: the command "errors" lists them.`, "");
  if (item && item.inputs.length > 0) lines.push("What the item was given:", ...dataLines(inputsOf(item)), "");
  const first = item?.address ?? final[0]?.address;
  const rows: readonly (readonly [string, string])[] = [
    ["see it", `npx workgraph show ${where}`],
    ["all errors", `npx workgraph errors ${run.runId}`],
    ["its source as it ran", `npx workgraph source ${run.runId}`],
    ...(first === undefined
      ? []
      : ([
          ["why it ran, and with what", `npx workgraph why ${first}`],
          ["what it came from", `npx workgraph lineage ${first}`],
        ] as const)),
    ...(final[0] === undefined ? [] : ([["what the code means", `npx workgraph docs ${final[0].code}`]] as const)),
    ["where tracing stops", `npx workgraph explain ${run.runId}`],
    ["reproduce it from the start", launch],
    ["is the correction allowed", `npx workgraph check`],
    ["what a correction makes run", `npx workgraph fork ${run.runId} --dry-run`],
    ["run only that", `npx workgraph fork ${run.runId}`],
  ];
  lines.push("Commands:", ...rows.map(([says, command]) => `  ${command}   # ${says}`));
  return `${lines.join("\n")}\n`;
}

function errorLines(error: RunError, files: BriefSource["files"]): readonly string[] {
  const { place, site } = error;
  const file = place?.file ?? site?.file;
  const line = place?.line ?? site?.line;
  const who =
    error.address === undefined
      ? "the workflow function"
      : `${error.address} (${error.node ?? ""} ${error.path ?? ""})`;
  return [
    `- ${error.code} in ${who}${error.attempt === undefined ? "" : `, attempt ${error.attempt}`}`,
    ...(file === undefined ? [] : [`  at ${file}:${line}${place ? diskText(place) : ""}`]),
    ...dataLines(`${error.name}: ${error.message}`).map((text) => `  ${text}`),
    ...(error.hint === undefined ? [] : [`  hint: ${error.hint}`]),
    ...(error.child === undefined
      ? []
      : [`  it stands for child run ${error.child}: npx workgraph errors ${error.child}`]),
    ...codeLines(file, line, files).map((text) => `  ${text}`),
  ];
}

function diskText(place: NonNullable<RunError["place"]>): string {
  switch (place.now) {
    case "same":
      return `; edit ${shellWord(place.onDisk)}`;
    case "changed":
      return `; ${shellWord(place.onDisk)} has changed since: lines may have moved`;
    case "missing":
      return "; that file is gone by now";
  }
}

function codeLines(file: string | undefined, line: number | undefined, files: BriefSource["files"]): readonly string[] {
  const found = files.find(({ path }) => file !== undefined && (file === path || file.endsWith(`/${path}`)));
  if (!found || line === undefined) return [];
  const all = found.text.split("\n");
  const from = Math.max(1, line - AROUND_LINES);
  return all
    .slice(from - 1, line + AROUND_LINES)
    .map((text, i) => `${from + i === line ? ">" : " "} ${String(from + i).padStart(4)} | ${text}`);
}

/** R2. */
function dataLines(text: string): readonly string[] {
  const cut = text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS)} … (cut)` : text;
  return ["<data from the run>", ...cut.split("\n").map((line) => line.replaceAll("<", "‹")), "</data from the run>"];
}

function inputsOf(item: ItemDetail): string {
  return item.inputs
    .map((input) => `${input.param} = ${"value" in input ? JSON.stringify(input.value) : (input.preview ?? "")}`)
    .join("\n");
}
