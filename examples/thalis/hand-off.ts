/**
 * What the stages hand to each other: a folder, one JSON file in it that says what it is, and a schema of that file.
 *
 * R1. A stage takes a selector: what `artifacts ls` prints, a path, or the reference that another stage returned.
 * R2. Nothing in these files depends on when or where they were made. Equal work gives equal folders, which is what lets a later
 *     run take results over.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { FatalError, type ArtifactFolder, type ArtifactRef, type Ctx } from "agentic-workgraph";
import type { z } from "zod";

import { fromImageFile } from "./pictures/image-file.ts";
import type { Picture } from "./pictures/picture.ts";

export type Selector = string | ArtifactRef;

export interface HandOff<Content> {
  /** Name of the file. */
  readonly file: string;
  readonly schema: z.ZodType<Content>;
  /** The workflow that publishes such folders. */
  readonly from: string;
}

export interface Received<Content> {
  readonly content: Content;
  /** Absolute folder. */
  readonly path: string;
  /** As text, for the inputs of a next launch. */
  readonly selector: string;
}

/**
 * Opens a folder, verified, and reads what it says it is.
 *
 * @throws FatalError when it is another kind of folder: no further attempt would change that.
 */
export async function receive<Content>(
  ctx: Pick<Ctx, "openArtifact">,
  selector: Selector,
  { file, schema, from }: HandOff<Content>,
): Promise<Received<Content>> {
  const { path, ref, manifest } = await ctx.openArtifact(selector);
  if (!manifest.files.some((one) => one.path === file)) {
    throw new FatalError(`"${ref.selector}" has no "${file}": give a folder that "${from}" published`);
  }
  const parsed = schema.safeParse(JSON.parse(await readFile(join(path, file), "utf8")));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new FatalError(
      `"${file}" of "${ref.selector}" is not one of "${from}": ${issue?.path.join(".")} ${issue?.message}`,
    );
  }
  return { content: parsed.data, path, selector: ref.selector };
}

export async function readPicture(folder: string, file: string): Promise<Picture> {
  return fromImageFile(await readFile(join(folder, file)));
}

/** Puts the files of a published folder into one that is being written, below `at`. */
export async function copyInto(
  ctx: Pick<Ctx, "openArtifact">,
  { from, into, at = "" }: { readonly from: Selector; readonly into: ArtifactFolder; readonly at?: string },
): Promise<readonly string[]> {
  const { path, manifest } = await ctx.openArtifact(from);
  const copied: string[] = [];
  for (const file of manifest.files) {
    const name = at === "" ? file.path : `${at}/${file.path}`;
    await into.write(name, await readFile(join(path, file.path)));
    copied.push(name);
  }
  return copied;
}
