/** `workgraph fork` and `workgraph rerun`: a new run from a recorded one. */
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { ForkRequest } from "../../runner/fork.ts";
import type { Runner } from "../../runner/runner.ts";
import { findingText } from "../finding-text.ts";
import { readInput } from "../input.ts";
import { readPairs } from "../param-flags.ts";
import { planText } from "../reuse-text.ts";
import { collect, commonOptions, examples, type CommandModule, type CommonOptions, type Session } from "../session.ts";
import { Following } from "./run.ts";

interface AgainOptions extends CommonOptions {
  readonly input?: readonly string[];
  readonly tag?: readonly string[];
  readonly pinned?: boolean;
  readonly check?: boolean;
  readonly quiet?: boolean;
}

interface ForkOptions extends AgainOptions {
  readonly from?: readonly string[];
  readonly set?: readonly string[];
  readonly dryRun?: boolean;
}

export const fork: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .option(
        "--from <node|address>",
        "execute this, whatever is known; what follows where its inputs come out different",
        collect,
      )
      .option("--set <address=value>", "take VALUE (JSON, or text) for the result of this item", collect)
      .option("-i, --input <input>", "key=value for one parameter, or JSON, @file or - for all of the input", collect)
      .option("--pinned", "the code that the run had, not that of its file now")
      .option("--tag <key=value>", "recorded with the run; may be given several times", collect)
      .option("--no-check", "run it even if the check of its source found errors")
      .option("--dry-run", "say what would be reused and what would execute; nothing executes")
      .option("--quiet", "say nothing on stderr but errors")
      .addHelpText(
        "after",
        "\nEvery item whose code and inputs are what they were is taken over; what changed executes, and what comes out equal goes no further.\n" +
          examples(
            "workgraph fork latest --dry-run",
            "workgraph fork 01JD7 --from summarize_page",
            "workgraph fork 01JD7 -i query=canals",
            `workgraph fork 01JD7 --set 01JD7.4.17='{"title": "By hand"}'`,
          ),
      )
      .action(async (reference: string, options: ForkOptions) => {
        const asked = { ...(await requestOf(session, options)), kind: "fork" as const };
        const request = {
          ...asked,
          ...(options.from ? { from: options.from } : {}),
          ...(options.set ? { set: options.set.map(givenValue) } : {}),
        };
        await again(session, options, { reference, request });
      });
  },
};

export const rerun: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .option("-i, --input <input>", "key=value for one parameter, or JSON, @file or - for all of the input", collect)
      .option("--pinned", "the code that the run had, not that of its file now")
      .option("--tag <key=value>", "recorded with the run; may be given several times", collect)
      .option("--no-check", "run it even if the check of its source found errors")
      .option("--quiet", "say nothing on stderr but errors")
      .addHelpText(
        "after",
        "\nThe same input, a chance and a clock of its own; everything executes, but for what nodes with `cache` find.\n" +
          examples("workgraph rerun latest", "workgraph rerun 01JD7 --pinned", "workgraph rerun 01JD7 -i query=canals"),
      )
      .action(async (reference: string, options: AgainOptions) => {
        await again(session, options, {
          reference,
          request: { ...(await requestOf(session, options)), kind: "rerun" },
        });
      });
  },
};

type Request = Omit<ForkRequest, "run"> & Pick<Parameters<Runner["fork"]>[0], "check" | "warned">;

async function requestOf(session: Session, options: AgainOptions): Promise<Omit<Request, "kind">> {
  const pairs: string[] = [];
  let whole: string | undefined;
  for (const text of options.input ?? []) {
    if (!/^(?:[{@]|-$)/.test(text)) pairs.push(text);
    else if (whole === undefined) whole = text;
    else throw new WorkgraphError("WG5050", "the input is given twice", { hint: "Give it once." });
  }
  return {
    code: options.pinned === true ? "recorded" : "current",
    ...(whole === undefined ? {} : { input: await readInput(whole) }),
    ...(pairs.length === 0 ? {} : { args: readPairs(pairs, "-i") }),
    ...(options.tag === undefined ? {} : { tags: readPairs(options.tag, "--tag") }),
    caller: { kind: "cli", id: session.user },
    ...(options.check === false ? { check: "skip" as const } : {}),
    warned: (findings) => {
      const { err } = session.terminal;
      if (options.quiet !== true) err.write(findingText(findings, { from: session.cwd, colors: err.colors }));
    },
  };
}

/** JSON where it is JSON; text that is none is meant as it is. */
function givenValue(text: string): { readonly address: string; readonly value: unknown } {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new WorkgraphError("WG5050", `"--set ${text}" has no address and value`, {
      hint: "Write --set RUN.CALL.ITEM=VALUE.",
    });
  }
  const value = text.slice(at + 1);
  try {
    return { address: text.slice(0, at), value: JSON.parse(value) as unknown };
  } catch {
    return { address: text.slice(0, at), value };
  }
}

async function again(
  session: Session,
  options: ForkOptions,
  { reference, request }: { readonly reference: string; readonly request: Request },
): Promise<void> {
  const { findWholeRun } = await import("../../app/find-run.ts");
  await session.writing(options, async (workspace) => {
    const run = await findWholeRun(workspace.store, reference);
    const asked = { ...request, run: run.runId };
    const following = new Following({ session, options, workspace });
    if (options.dryRun !== true) return following.follow((runner) => runner.fork(asked));
    const plan = await following.look((runner) => runner.planFork(asked));
    session.answer(options, plan, () => planText(plan, session.terminal.out.colors));
  });
}
