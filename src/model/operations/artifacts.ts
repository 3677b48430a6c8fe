/** Operations on published folders. Over a network they are named by run, workflow, label or hash; never by a path. */
import { z } from "zod";
import { PAGE_INPUT, PAGE_OUTPUT, RUN_REFERENCE, type Operation } from "./operation.ts";

const entry = z.looseObject({
  selector: z.string().describe("workflow/name@RUN"),
  name: z.string(),
  kind: z.string().optional(),
  labels: z.array(z.string()),
  address: z.string().describe("the item that published it"),
  createdAt: z.string(),
  files: z.number().int(),
  sizeBytes: z.number(),
  sha256: z.string(),
  path: z.string().describe("the folder, relative to the project"),
  present: z.boolean().describe("false: the folder was removed or moved"),
});

const shown = z.looseObject({
  manifest: z.looseObject({}),
  filesTruncated: z.boolean(),
  readBy: z.array(z.looseObject({})),
});
const files = z.number().int().min(1).max(5_000).optional().describe("files of the manifest shown at most");

const selector = z
  .string()
  .min(1)
  .max(300)
  .describe(
    "workflow/name@latest, workflow/name@RUN, workflow/name@LABEL, @RUN, or 6 or more digits of a content hash",
  );

export const ARTIFACT_OPERATIONS: readonly Operation[] = [
  {
    name: "artifacts.list",
    summary: "List published folders, newest first",
    access: "read",
    input: z.object({
      workflow: z.string().max(128).optional(),
      name: z.string().max(128).optional(),
      kind: z.string().max(128).optional(),
      label: z.string().max(128).optional(),
      ...PAGE_INPUT,
    }),
    output: z.looseObject({ artifacts: z.array(entry), ...PAGE_OUTPUT }),
    http: { method: "GET", path: "/api/artifacts" },
    cli: { command: "artifacts" },
    list: "artifacts",
  },
  {
    name: "artifacts.of-run",
    summary: "List the folders that a run published",
    access: "read",
    input: z.object({ run: RUN_REFERENCE, name: z.string().max(128).optional(), ...PAGE_INPUT }),
    output: z.looseObject({ artifacts: z.array(entry), ...PAGE_OUTPUT }),
    http: { method: "GET", path: "/api/runs/{run}/artifacts" },
    cli: { command: "artifacts" },
    list: "artifacts",
  },
  {
    name: "artifacts.final",
    summary: "Show the final folder of a run: the one it returned, or else published last",
    access: "read",
    input: z.object({ run: RUN_REFERENCE, name: z.string().max(128).optional(), limit: files }),
    output: shown,
    http: { method: "GET", path: "/api/runs/{run}/artifact" },
    cli: { command: "artifact" },
  },
  {
    name: "artifacts.show",
    summary: "Show a published folder: its manifest, and who opened it",
    access: "read",
    input: z.object({ selector, limit: files }),
    output: shown,
    http: { method: "GET", path: "/api/artifact" },
    cli: { command: "artifacts" },
  },
  {
    name: "artifacts.verify",
    summary: "Compare the files of a published folder with its manifest",
    access: "read",
    input: z.object({ selector }),
    output: z.looseObject({
      ok: z.boolean(),
      artifacts: z.array(z.looseObject({ selector: z.string(), ok: z.boolean() })),
    }),
    http: { method: "GET", path: "/api/artifact/verify" },
    cli: { command: "artifacts" },
  },
  {
    name: "artifacts.file",
    summary: "Read a file of a folder that a run published, as it is",
    description: "Sent to be saved, never to be shown: what is in it was written by nobody one may trust.",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      name: z.string().min(1).max(128).describe("of the artifact"),
      file: z.string().min(1).max(1_024).describe("path as the manifest has it"),
    }),
    output: z.string(),
    http: { method: "GET", path: "/api/runs/{run}/artifacts/{name}/file" },
    cli: { command: "artifacts" },
    answer: "file",
  },
  {
    name: "artifacts.read",
    summary: "Read a file of a published folder as text, or a range of it",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      name: z.string().min(1).max(128).describe("of the artifact"),
      file: z.string().min(1).max(1_024).optional().describe("path as the manifest has it; default its only file"),
      offset: z.number().int().min(0).optional().describe("bytes; default 0"),
      length: z.number().int().min(1).max(262_144).optional().describe("bytes; default 16,384"),
    }),
    output: z.object({
      selector: z.string(),
      file: z.string(),
      onDisk: z.string().describe("absolute path"),
      mediaType: z.string(),
      sizeBytes: z.number().int(),
      sha256: z.string(),
      text: z.string().optional().describe("absent for what is no text"),
      offset: z.number().int(),
      truncated: z.boolean().describe("there is more behind this part"),
    }),
    http: { method: "GET", path: "/api/runs/{run}/artifacts/{name}/text" },
    cli: { none: "published folders are plain files: artifacts says where, and cat reads them" },
  },
  {
    name: "files.whence",
    summary: "Say which run, item and line of source made a file",
    access: "read",
    input: z.object({ file: z.string().max(4_096).describe("path of a file on this machine") }),
    output: z.looseObject({ file: z.string(), sha256: z.string(), origins: z.array(z.looseObject({})) }),
    http: { none: "it reads a file by its path, and over a network nobody names paths" },
    cli: { command: "whence" },
  },
];
