/** What is worth asking next, from what was just answered: the calls that lead to a cause, not all there are. */

type Answer = Readonly<Record<string, unknown>>;

interface Row {
  readonly [field: string]: unknown;
}

const rows = (answer: Answer, field: string): readonly Row[] =>
  Array.isArray(answer[field]) ? (answer[field] as readonly Row[]) : [];

const NEXT: Readonly<Record<string, (answer: Answer) => string | undefined>> = {
  "workflows.list": () =>
    "workflows_describe says what one takes; workflows_trace what it would do; runs_launch starts it.",
  "workflows.describe": () =>
    "runs_launch starts it with an input that fits; workflows_check finds what is not allowed.",
  "workflows.check": (answer) =>
    rows(answer, "findings").length > 0
      ? "Correct the first finding in its file, then call workflows_check again."
      : "Nothing to object: runs_launch.",
  "runs.launch": (answer) => `runs_wait with run "${String(answer["runId"])}" answers when it has ended.`,
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
  "source.read": (answer) =>
    rows(answer, "files").some((file) => file["now"] === "changed")
      ? "A file has changed since that run: runs_fork with the current code executes only what changed."
      : undefined,
};

function afterRun(answer: Answer): string | undefined {
  const runId = typeof answer["runId"] === "string" ? answer["runId"] : "";
  switch (answer["status"]) {
    case "failed":
    case "completed_partial":
    case "diverged":
      return `errors_list with run "${runId}" says what went wrong, with source lines.`;
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
