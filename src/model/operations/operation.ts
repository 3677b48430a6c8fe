/**
 * What an operation is: everything that can be asked of workgraph, said once.
 *
 * Owns: the shape. Leaves to app/registry.ts: the function behind each; to server/, mcp/ and cli/: the three ways in.
 *
 * R1. An operation has one name ("runs.list"), one input and one output, whoever asks.
 * R2. `http` and `cli` say how it is reached, or why it is not; a test holds both sides to it.
 * R3. Fields of the input that stand in the path are path parameters. The others are the query of a GET and the JSON body of a
 *     POST or DELETE.
 * R4. A GET changes nothing, whoever calls it.
 */
import { z } from "zod";
import { parseAddress } from "../ids.ts";

/** read: what is recorded and registered. launch: starts and stops runs. admin: removes and repairs. */
export type Access = "read" | "launch" | "admin";

export const ACCESS_ORDER: readonly Access[] = ["read", "launch", "admin"];

export interface HttpRoute {
  readonly method: "GET" | "POST" | "DELETE";
  /** Parameters as `{run}`. */
  readonly path: string;
  /** Status of a good answer; default 200. */
  readonly status?: 200 | 201 | 202;
}

/** Why there is no way in of this kind. */
export interface Absent {
  readonly none: string;
}

export interface Operation {
  /** Noun and verb: "runs.list". */
  readonly name: string;
  /** One line, a sentence without its full stop. */
  readonly summary: string;
  /** What one line cannot say. */
  readonly description?: string;
  readonly access: Access;
  readonly input: z.ZodObject;
  readonly output: z.ZodType;
  readonly http: HttpRoute | Absent;
  /** Name of the command. */
  readonly cli: { readonly command: string } | Absent;
  /** Of a list: the field of the output that holds the page. Input and output then have the fields of `PAGE_INPUT` and `PAGE_OUTPUT`. */
  readonly list?: string;
  /**
   * "stream": an answer that does not end by itself (server-sent events); "file": bytes. Both are served by server/ itself, not
   * as the JSON of a function of app.
   */
  readonly answer?: "stream" | "file";
  /**
   * Fields of the input that name runs whose whole event logs are read. Over HTTP the answer is then 202 with an id when the logs are
   * long: see operations.show.
   */
  readonly readsLogsOf?: readonly string[];
  /** What it gives is fetched from a server over HTTP: without one it is not offered. */
  readonly needs?: "server";
}

/** Input fields of every list. */
export const PAGE_INPUT: { readonly limit: z.ZodType; readonly cursor: z.ZodType } = {
  limit: z.number().int().min(1).max(1_000).optional().describe("at most this many; a page over 1 MB is cut shorter"),
  cursor: z.string().max(512).optional().describe('the "cursor" of the page before, unchanged'),
};

/** Output fields of every list. */
export const PAGE_OUTPUT: { readonly total: z.ZodType; readonly truncated: z.ZodType; readonly cursor: z.ZodType } = {
  total: z.number().int().optional().describe("how many there are in all, where counting is cheap"),
  truncated: z.boolean().describe("there is more: ask again with the cursor"),
  cursor: z.string().optional().describe("present when truncated"),
};

/** What is asked of a whole run is not answered for a part of one: whoever names a call means it. */
export const RUN_REFERENCE: z.ZodType = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => parseAddress(text.trim())?.call === undefined, {
    error: "names a part of a run, and this is asked of a whole one; calls.show and items.show take parts",
  })
  .describe('a run id, the beginning of one that no other run has, or "latest"');

/** Of operations that take a part of a run too. */
export const PLACE_REFERENCE: z.ZodType = z
  .string()
  .min(1)
  .max(128)
  .describe('RUN, RUN.CALL or RUN.CALL.ITEM; RUN is an id, the beginning of one, or "latest"');

export const ITEM_REFERENCE: z.ZodType = z.string().min(1).max(128).describe("the address of an item: RUN.CALL.ITEM");

export const WORKFLOW_NAME: z.ZodType = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/)
  .describe("name of a registered workflow");

export function isReached(way: HttpRoute | Absent): way is HttpRoute {
  return !("none" in way);
}

/** Names of the parameters in a path, in order. */
export function pathParameters(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}
