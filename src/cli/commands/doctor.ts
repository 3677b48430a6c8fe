/** `workgraph doctor`: is everything that was recorded still there, and what did dead processes leave? */
import type { DoctorOutput } from "../../app/operations/doctor.ts";
import { systemClock } from "../../base/clock.ts";
import { EXIT } from "../exit-code.ts";
import { counted } from "../run-text.ts";
import {
  commonOptions,
  examples,
  wholeNumber,
  type CommandModule,
  type CommonOptions,
  type Session,
} from "../session.ts";
import { printable } from "../text-width.ts";

const EVERY_MS = 3_000;

interface DoctorOptions extends CommonOptions {
  readonly repair?: boolean;
  readonly recent?: number;
}

export const doctor: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .option("--repair", "remove what dead processes left; write out what is whole of a damaged log")
      .option("--recent <n>", "look at the newest runs only (default: all)", wholeNumber)
      .addHelpText(
        "after",
        examples("workgraph doctor", "workgraph doctor --repair", "workgraph doctor --recent 100 --json"),
      )
      .action(async (options: DoctorOptions) => {
        const { doctor: examine } = await import("../../app/operations/doctor.ts");
        const { repair, recent } = options;
        const input = {
          ...(repair === undefined ? {} : { repair }),
          ...(recent === undefined ? {} : { recent }),
          progress: progressOn(session),
        };
        await session[repair === true ? "writing" : "reading"](options, async (workspace) => {
          const document = await examine(workspace, input);
          session.answer(options, document, () => doctorText(document));
          if (!document.ok) session.exitCode = EXIT.store;
        });
      });
  },
};

/** A history of many runs takes its time. */
function progressOn({ terminal: { err } }: Session): (runs: number) => void {
  let since = systemClock.perf();
  return (runs) => {
    if (systemClock.perf() - since < EVERY_MS) return;
    since = systemClock.perf();
    err.line(`${counted(runs, "run")} looked at`);
  };
}

function doctorText({ ok, runs, findings, truncated }: DoctorOutput): string {
  const lines = findings.map(({ code, grade, what, where, hint, repaired }) =>
    [
      `${code} ${grade}: ${printable(what)}`,
      `  ${printable(where)}`,
      `  ${repaired === undefined ? printable(hint) : `repaired: ${printable(repaired)}`}`,
      "",
    ].join("\n"),
  );
  const said = ok ? "nothing is wrong" : "not everything is as it was recorded";
  return `${lines.join("\n")}${lines.length === 0 ? "" : "\n"}${counted(runs, "run")} looked at; ${counted(findings.length, "finding")}${truncated ? " and more" : ""}; ${said}\n`;
}
