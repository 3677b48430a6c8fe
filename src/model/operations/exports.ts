/** Operations that make a file of a run on a server, for whoever downloads it. */
import { z } from "zod";
import { RUN_FORMATS } from "../run-format.ts";
import { RUN_REFERENCE, type Operation } from "./operation.ts";
import { OPERATION_STATE } from "./operations.ts";

export const EXPORT_OPERATIONS: readonly Operation[] = [
  {
    name: "exports.start",
    summary: "Begin to make a file of a run with its child runs, to be followed and then downloaded",
    description:
      "Follow it with operations.show; when it is completed, its answer has name, sizeBytes and path: GET that path for the file. A file is " +
      "kept for 10 minutes after somebody asked for it last, and not longer than the server runs; there are 8 at most.",
    access: "launch",
    input: z.object({
      run: RUN_REFERENCE,
      format: z
        .enum(RUN_FORMATS)
        .default("workgraph")
        .describe(
          "workgraph (default): all of it, to be imported elsewhere; html: one page that opens without a server; chrome (Perfetto), speedscope, otlp or ndjson: its spans",
        ),
      files: z
        .enum(["included", "left out"])
        .optional()
        .describe("of the format workgraph: files of its artifacts; default left out"),
    }),
    output: OPERATION_STATE,
    http: { method: "POST", path: "/api/runs/{run}/exports", status: 202 },
    needs: "server",
    cli: { command: "export" },
  },
  {
    name: "exports.file",
    summary: "Download the file that an export made; ranges are served",
    access: "read",
    input: z.object({ id: z.string().min(1).max(64).describe("of the operation that made it") }),
    output: z.string().describe("the file, to be saved"),
    http: { method: "GET", path: "/api/exports/{id}" },
    cli: { none: "the command line writes its files itself: export, profile --format" },
    answer: "file",
  },
];
