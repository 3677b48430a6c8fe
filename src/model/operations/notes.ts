/** Operations on notes: what people and agents leave for whoever comes next. */
import { z } from "zod";
import { PAGE_INPUT, PAGE_OUTPUT, type Operation } from "./operation.ts";

const on = z
  .string()
  .min(1)
  .max(200)
  .describe(
    "RUN, RUN.CALL, RUN.CALL.ITEM, NODE or WORKFLOW/NODE; of a node, the newest run that called it stands for its code",
  );

/** A field of answers about runs, calls and items; absent where there are none. */
export const NOTE: z.ZodType = z.looseObject({
  id: z.number().int(),
  text: z.string(),
  author: z.looseObject({ kind: z.string(), id: z.string() }),
  at: z.string(),
  on: z.enum(["run", "node", "call", "item"]),
  address: z.string().describe("where it was written; of a node, the run whose code it is about"),
  workflow: z.string(),
  node: z.string().optional(),
  code: z
    .enum(["same", "older", "unknown"])
    .describe(
      "whether the code it is about is that of the run shown, or in a list of all, of the workflow's newest run",
    ),
});

export const NOTE_OPERATIONS: readonly Operation[] = [
  {
    name: "notes.list",
    summary: "List notes, newest first, and whether their code has changed since",
    description:
      "A note follows the code it is about: it shows on every run in which the node has that code, and on later runs as from older code.",
    access: "read",
    input: z.object({ on: on.optional(), ...PAGE_INPUT }),
    output: z.object({ notes: z.array(NOTE), ...PAGE_OUTPUT }),
    http: { method: "GET", path: "/api/notes" },
    cli: { command: "notes" },
    list: "notes",
  },
  {
    name: "notes.add",
    summary: "Leave a note on a run, a call, an item or a node, for whoever comes next",
    access: "launch",
    input: z.object({ on, text: z.string().min(1).max(4_000) }),
    output: NOTE,
    http: { method: "POST", path: "/api/notes", status: 201 },
    cli: { command: "note" },
  },
];
