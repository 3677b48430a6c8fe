/** `workgraph show`: a run, a call or an item, by what the address names. */
import { formatDuration } from "../../base/duration.ts";
import { commandLine } from "../../model/command-line.ts";
import { costText, NO_MODEL_CALLS, tokensText, withModelCall } from "../../model/llm.ts";
import { formatAddress, parseAddress } from "../../model/ids.ts";
import type { ShowItemOutput } from "../../app/operations/show-item.ts";
import type { ShowCallOutput, ShowRunOutput } from "../../app/operations/show-run.ts";
import { divergenceText, replayText, type DivergenceTextOptions } from "../divergence-text.ts";
import { dataFlagOf } from "../run-end.ts";
import { childrenText, childText, newerText, rollUpText, treeText } from "../child-text.ts";
import { notesText } from "../note-text.ts";
import { errorText, logText } from "../record-text.ts";
import { counted, countsText, modelsText, shortVersion, statusText } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { table } from "../table.ts";
import type { Colors } from "../terminal.ts";
import { oneLine, printable, shownFile, siteText } from "../text-width.ts";

interface ShowOptions extends CommonOptions {
  readonly full?: boolean;
  readonly tree?: boolean;
}

export const show: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, "latest", RUN.CALL or RUN.CALL.ITEM')
      .option("--full", "the whole result of an item, however long")
      .option("--tree", "the run with all child runs below it, with what they come to")
      .addHelpText(
        "after",
        examples(
          "workgraph show latest",
          "workgraph show latest --tree",
          "workgraph show 01JD7.4",
          "workgraph show 01JD7.4.17",
        ),
      )
      .action(async (reference: string, options: ShowOptions) => {
        const { colors } = session.terminal.out;
        const address = parseAddress(reference);
        await session.reading(options, async (workspace) => {
          if (options.tree === true) {
            const { showTree } = await import("../../app/operations/show-tree.ts");
            const document = await showTree(workspace, { run: reference });
            session.answer(options, document, () => treeText(document, colors));
            return;
          }
          if (address?.item !== undefined) {
            const { showItem } = await import("../../app/operations/show-item.ts");
            const document = await showItem(workspace, {
              item: reference,
              ...(options.full === true ? { value: "whole" } : {}),
            });
            session.answer(options, document, () => itemText(document, colors));
            return;
          }
          const { showCall, showRun } = await import("../../app/operations/show-run.ts");
          if (address?.call !== undefined) {
            const document = await showCall(workspace, { run: reference });
            session.answer(options, document, () => callText(document, colors));
          } else {
            const document = await showRun(workspace, { run: reference });
            session.answer(options, document, () => runText(document, { colors, dataFlag: dataFlagOf(options.data) }));
          }
        });
      });
  },
};

function facts(rows: readonly (readonly [string, string | undefined])[]): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== "");
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

function runText(run: ShowRunOutput, { colors, dataFlag }: DivergenceTextOptions): string {
  const owner = run.owner && run.status === "running" ? `, process ${run.owner.pid}` : "";
  const tags = Object.entries(run.tags).map(([key, value]) => `${key}=${value}`);
  const parts = [
    facts([
      ["run", run.runId],
      ["workflow", run.workflow],
      ["version", shortVersion(run.version)],
      ["commit", commitText(run.git)],
      ["status", `${statusText(run.status, colors)}${owner}`],
      ["parent", run.parent && formatAddress(run.parent.run, run.parent.call, run.parent.item)],
      ["newer", newerText(run.newer)],
      ["created", run.createdAt],
      ["took", run.durationMs === undefined ? undefined : formatDuration(run.durationMs)],
      ["items", countsText(run.counts)],
      ["models", run.models && modelsText(run.models)],
      ["tree", run.rollUp && rollUpText(run.rollUp)],
      ["tags", oneLine(tags.join(", "))],
      ["input", run.input === undefined ? undefined : oneLine(run.input)],
      ["output", run.output === undefined ? undefined : oneLine(run.output)],
    ]),
  ];
  if (run.callList.length > 0) {
    parts.push(
      table(
        [
          { title: "CALL", align: "right" },
          { title: "NODE", maxWidth: 40 },
          { title: "STATUS" },
          { title: "ITEMS" },
          { title: "AT" },
        ],
        run.callList.map((call) => [
          String(call.call),
          call.kind === "node" ? call.node : `${call.node} (${call.kind})`,
          call.status,
          countsText(call.items),
          call.site === undefined ? "" : `${shownFile(call.site.file)}:${call.site.line}`,
        ]),
      ),
    );
  }
  if (run.callsTruncated)
    parts.push(
      `... ${counted(run.calls - run.callList.length, "more call")}; "${commandLine(`graph ${run.runId}`)}" has all\n`,
    );
  if (run.children !== undefined && run.children.length > 0) parts.push(childrenText(run.children));
  for (const error of run.errors) parts.push(errorText(error, { colors, stack: "none" }));
  if (run.notes) parts.push(`notes\n${notesText(run.notes, colors)}`);
  if (run.diverged) parts.push(divergenceText(run.diverged, { colors, dataFlag }));
  if (run.replay) parts.push(replayText(run.replay, { colors }));
  if (run.errorsTruncated) parts.push(`"${commandLine(`errors ${run.runId}`)}" has all errors\n`);
  return parts.join("\n");
}

function commitText(git: ShowRunOutput["git"]): string | undefined {
  if (git?.commit === undefined) return undefined;
  const branch = git.branch === undefined ? "" : ` on ${oneLine(git.branch)}`;
  return `${git.commit.slice(0, 8)}${branch}${git.dirty ? ", with changes" : ""}`;
}

function callText(call: ShowCallOutput, colors: Colors): string {
  const inputs = Object.entries(call.inputs).map(([param, ref]): readonly [string, string] => {
    const from =
      ref.from === "call"
        ? `call ${ref.call} (${ref.how})`
        : ref.from === "list"
          ? `a list of ${ref.size} (${ref.how})`
          : "a value";
    return [param, from];
  });
  return [
    facts([
      ["call", call.address],
      ["node", call.node],
      ["kind", call.kind],
      ["status", statusText(call.status, colors)],
      ["items", countsText(call.items)],
      ["at", call.site === undefined ? undefined : siteText(call.site)],
      ["error", call.error === undefined ? undefined : `${call.error.code}: ${oneLine(call.error.message)}`],
    ]),
    ...(inputs.length === 0 ? [] : [`inputs\n${table([{ title: "PARAMETER" }, { title: "FROM" }], inputs)}`]),
    ...(call.notes === undefined ? [] : [`notes\n${notesText(call.notes, colors)}`]),
  ].join("\n");
}

function itemText(item: ShowItemOutput, colors: Colors): string {
  const result =
    item.value !== undefined
      ? JSON.stringify(item.value, null, 2)
      : item.preview === undefined
        ? undefined
        : `${item.preview}  (${item.valueLength} characters: --full prints all)`;
  const parts = [
    facts([
      ["item", item.address],
      ["path", oneLine(item.path)],
      ["node", item.node],
      ["workflow", item.workflow],
      ["status", statusText(item.status, colors)],
      ["attempts", String(item.attempts)],
      ["took", item.ms === undefined ? undefined : formatDuration(item.ms)],
      ["elements", item.size === undefined ? undefined : String(item.size)],
      ["child run", item.child && childText(item.child)],
      ["newer", newerText(item.child?.newer)],
    ]),
  ];
  if (item.inputs.length > 0) {
    const inputs = item.inputs.map((input) => {
      const from = input.node === undefined ? "" : `${input.node} `;
      const value =
        input.value === undefined ? (input.how === "gather" ? "the whole set" : "") : JSON.stringify(input.value);
      return [input.param, from, oneLine(value)];
    });
    parts.push(
      `inputs\n${table([{ title: "PARAMETER" }, { title: "FROM" }, { title: "VALUE", maxWidth: 200 }], inputs)}`,
    );
  }
  if (item.elements !== undefined) {
    const more = (item.size ?? 0) > item.elements.length ? [`... of ${item.size}`] : [];
    parts.push(`elements\n${[...item.elements.map(printable), ...more].map((line) => `${line}\n`).join("")}`);
  }
  if (result !== undefined) parts.push(`result\n${printable(result)}\n`);
  if (item.modelCalls) parts.push(modelCallsText(item.modelCalls));
  if (item.notes) parts.push(`notes\n${notesText(item.notes, colors)}`);
  for (const error of item.errors) parts.push(errorText(error, { colors, stack: "shown" }));
  if (item.logs.length > 0) parts.push(`logs\n${item.logs.map((line) => logText(line, colors)).join("")}`);
  return parts.join("\n");
}

function modelCallsText(calls: NonNullable<ShowItemOutput["modelCalls"]>): string {
  const columns = ["ATTEMPT", "MODEL", "OUTCOME", "REQUESTS", "TOKENS", "COST", "FIRST TOKEN", "TOOK"];
  const rows = calls.map((call) => {
    const totals = withModelCall(NO_MODEL_CALLS, call);
    return [
      String(call.attempt),
      call.model === call.modelId ? call.model : `${call.model} (${call.modelId})`,
      call.outcome,
      String(call.requests),
      tokensText(totals),
      costText(totals),
      call.firstTokenMs === undefined ? "" : formatDuration(call.firstTokenMs),
      formatDuration(call.ms),
    ];
  });
  return `model calls\n${table(
    columns.map((title) => ({ title })),
    rows,
  )}`;
}
