/** What is worth asking next, from what was just answered: the calls that lead to a cause, not all there are. */

type Answer = Readonly<Record<string, unknown>>;

interface Row {
  readonly [field: string]: unknown;
}

const rows = (answer: Answer, field: string): readonly Row[] =>
  Array.isArray(answer[field]) ? (answer[field] as readonly Row[]) : [];

const NEXT: Readonly<Record<string, (answer: Answer) => string | undefined>> = {
  "workflows.list": (answer) => {
    if (rows(answer, "workflows").length > 0)
      return "workflows_describe says what one takes; workflows_trace what it would do; runs_launch starts it.";
    return rows(answer, "problems").length > 0
      ? "No file loads: correct the first problem, then workflows_check."
      : 'There is none yet: docs_read with topic "authoring" says how one is written, and workflows/NAME.ts is where.';
  },
  "workflows.describe": () =>
    "runs_launch starts it with an input that fits; workflows_check finds what is not allowed.",
  "workflows.trace": () => "runs_launch starts it; workflows_explain says what its graph breaks cost.",
  "workflows.check": (answer) =>
    rows(answer, "findings").length > 0
      ? "Correct the first finding in its file, then call workflows_check again."
      : "Nothing to object: runs_launch.",
  "runs.launch": (answer) => afterRun(answer),
  "runs.rerun": (answer) => afterRun(answer),
  "runs.resume": (answer) => afterRun(answer),
  "nodes.run": (answer) => afterRun(answer),
  "runs.fork": (answer) =>
    typeof answer["runId"] === "string"
      ? afterRun(answer)
      : "Nothing was started. If that is what shall execute, call runs_fork again without dryRun.",
  "runs.watch": (answer) =>
    answer["over"] === true
      ? afterRun(answer)
      : `runs_watch with run "${String(answer["runId"])}" and after ${String(answer["after"])} goes on.`,
  "runs.wait": (answer) => afterRun(answer),
  "runs.show": (answer) => afterRun(answer),
  "runs.list": (answer) => {
    const failed = rows(answer, "runs").find(
      (run) => run["status"] === "failed" || run["status"] === "completed_partial",
    );
    return failed && `errors_list with run "${String(failed["runId"])}" says why it did not complete.`;
  },
  "errors.list": (answer) => {
    const first = rows(answer, "errors").find((error) => typeof error["address"] === "string");
    if (!first) return undefined;
    return `items_show with item "${String(first["address"])}" shows what it was given; items_lineage where that came from; source_read the code as it ran.`;
  },
  "items.list": (answer) => {
    const failed = rows(answer, "items").find((item) => item["status"] === "failed" || item["status"] === "abandoned");
    return failed && `items_show with item "${String(failed["address"])}" shows its input, its error and its logs.`;
  },
  "items.show": (answer) =>
    answer["status"] === "failed"
      ? `source_read with run "${String(answer["address"]).split(".").slice(0, 2).join(".")}" shows the file; after a correction runs_fork executes only what changed.`
      : undefined,
  "items.find": (answer) => {
    const [first] = rows(answer, "items");
    return (
      first && `items_show with item "${String(first["address"])}" shows it whole; items_lineage where it came from.`
    );
  },
  "items.lineage": (answer) => {
    const nearest = rows(answer, "entries").find((entry) => entry["kind"] === "item" || entry["kind"] === "child");
    return nearest && `items_show with item "${String(nearest["id"])}" shows what that one was given and gave.`;
  },
  "items.why": (answer) => {
    const compared = answer["comparedWith"];
    return typeof compared === "string"
      ? `runs_first_divergence with a "${compared.split(".")[0]}" and b "${String(answer["address"]).split(".")[0]}" says where the runs part first.`
      : undefined;
  },
  "runs.diff": () => "runs_first_divergence says the same in short, with the line to look at.",
  "runs.first-divergence": (answer) => {
    if (answer["isSame"] === true) return "What is recorded is equal: the cause is not in these two runs.";
    const [place] = rows(answer, "places");
    if (place === undefined) return undefined;
    const where = `${String(place["onDisk"])}:${String(place["lineNow"] ?? place["line"])}`;
    return `Look at ${where}. After a correction: workflows_check, then runs_fork with dryRun.`;
  },
  "source.read": (answer) =>
    rows(answer, "files").some((file) => file["now"] === "changed")
      ? "A file has changed since that run: runs_fork with the current code executes only what changed."
      : undefined,
};

function afterRun(answer: Answer): string | undefined {
  const runId = typeof answer["runId"] === "string" ? answer["runId"] : "";
  switch (answer["status"]) {
    case "diverged":
      return `runs_show with run "${runId}" has the report under diverged: what is recorded, what is asked now, the likely cause, ways on.`;
    case "failed":
    case "completed_partial":
      return `errors_list with run "${runId}" says what went wrong, with source lines; runs_first_divergence with b "${runId}" compares it with the newest run that went well.`;
    case "interrupted":
    case "cancelled":
    case "paused":
      return `runs_resume with run "${runId}" goes on with it.`;
    case "running":
    case "queued":
      return `runs_wait with run "${runId}" answers when it has ended.`;
    default:
      return runId === "" ? undefined : `output_read with run "${runId}" gives what it returned.`;
  }
}

export function nextQuestion(operation: string, answer: Answer): string | undefined {
  return NEXT[operation]?.(answer);
}

const AFTER_ERROR: Readonly<Record<string, string>> = {
  WG1014: "workflows_describe says what it takes.",
  WG5001: "runs_list lists the runs that there are.",
  WG5010: "runs_list shows which of them is meant.",
  WG5041: "items_list lists the items of a run with their addresses, runs_show its calls.",
  WG5042: "runs_list lists the runs that there are.",
  WG5043: "It goes on: ask again, or runs_watch for what happens meanwhile, or runs_cancel.",
  WG5044: "runs_show says how it stands; errors_list why.",
  WG5045: "source_read without a file lists the files of the version.",
  WG5046: 'docs_read with topic "readme" or "authoring" lists headings; words of a heading find it.',
  WG5124: "runs_show lists the calls of a run with their nodes.",
  WG5126: "docs_read with one of the topics that the message lists.",
  WG3032: "workflows_check lists what is to be corrected, with file and line.",
  WG4010:
    'workflows_list lists the registered workflows and the files that do not load; docs_read with topic "authoring" says how one is written.',
  WG6005: "Ask whoever started this server for more access, or go on reading.",
  WG6135: "artifacts_final lists the files of an artifact.",
  WG6137: "errors_list says which items failed, and at which line.",
  WG6136: "workflows_list lists the workflows, and source_read their code.",
};

/** What to call after an error, where something else is better than trying again. */
export function nextAfterError(code: string): string | undefined {
  return AFTER_ERROR[code];
}
