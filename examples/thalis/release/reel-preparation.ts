/**
 * Pictures become a reel: an order in which neighbours are alike in lightness, a slow pan over each, and a blend into the next.
 * What is published are the frames and what an encoder needs to know; no video is encoded here.
 *
 *   npx workgraph run examples/thalis/release/reel-preparation.ts --from-artifact asset-bucketing/asset-buckets
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { FatalError, node, workflow, type ArtifactRef } from "agentic-workgraph";

import { readPicture, receive, type Selector } from "../hand-off.ts";
import { toPng } from "../pictures/image-file.ts";
import { blend, cut, middle, sheet, type Picture } from "../pictures/picture.ts";
import { ASSET_BUCKETS, type Asset, type Reel } from "./release.ts";

const SIZE = { width: 108, height: 192 };
const FRAMES_PER_SECOND = 12;
/** Frames of each shot, of which the last ones blend into the next shot. */
const SHOT_FRAMES = 12;
const BLEND_FRAMES = 4;

interface Shot {
  readonly key: string;
  readonly file: string;
  /** The last shot has no next one. */
  readonly next: string;
}

const orderShots = node(
  { id: "order_shots", out: "many", key: (shot: Shot) => shot.key },
  async ({ selector, shots }: { selector: Selector; shots: number }, ctx): Promise<Shot[]> => {
    const { content } = await receive(ctx, selector, ASSET_BUCKETS);
    const left = content.assets.filter(({ bucket }) => bucket !== "rejected").slice(0, shots);
    const ordered: Asset[] = left.splice(0, 1);
    while (left.length > 0) {
      const last = ordered.at(-1)!;
      left.sort((a, b) => Math.abs(a.lightness - last.lightness) - Math.abs(b.lightness - last.lightness));
      ordered.push(...left.splice(0, 1));
    }
    if (ordered.length === 0) throw new FatalError("Every picture was rejected: there is nothing to show in a reel");
    return ordered.map(({ key, file }, index) => ({ key, file, next: ordered[index + 1]?.file ?? "" }));
  },
);

const makeFrames = node(
  { id: "make_frames", concurrency: 2, thread: true },
  async ({ selector, shot }: { selector: Selector; shot: Shot }, ctx) => {
    const { path } = await receive(ctx, selector, ASSET_BUCKETS);
    const picture = await readPicture(path, shot.file);
    const next = shot.next === "" ? undefined : await readPicture(path, shot.next);
    const folder = await ctx.artifact(`shot-${shot.key}`, { kind: "frames" });
    const files: string[] = [];
    for (let frame = 0; frame < SHOT_FRAMES; frame++) {
      const own = panned(picture, frame / SHOT_FRAMES);
      const blended = frame - (SHOT_FRAMES - BLEND_FRAMES) + 1;
      const shown = next && blended > 0 ? blend(own, panned(next, 0), blended / (BLEND_FRAMES + 1)) : own;
      const file = `${String(frame).padStart(3, "0")}.png`;
      await folder.write(file, toPng(shown));
      files.push(file);
    }
    return { key: shot.key, files, folder: folder.ref };
  },
);

/** From the whole picture towards its middle. */
function panned(picture: Picture, share: number): Picture {
  const { left, top, width, height } = middle(picture, SIZE);
  const zoom = 1 - 0.15 * share;
  const drift = (1 - zoom) / 2;
  return cut(
    picture,
    { left: left + drift * width, top: top + drift * height, width: width * zoom, height: height * zoom },
    SIZE,
  );
}

const writeReel = node(
  { id: "write_reel", gather: ["shots"] },
  async (given: { selector: Selector; shots: { key: string; files: string[]; folder: ArtifactRef }[] }, ctx) => {
    const { content } = await receive(ctx, given.selector, ASSET_BUCKETS);
    const folder = await ctx.artifact("reel", { kind: "reel" });
    const list: string[] = [];
    const keyFrames: Picture[] = [];
    for (const { files, folder: from } of given.shots) {
      const { path } = await ctx.openArtifact(from);
      for (const file of files) {
        const name = `frames/${String(list.length + 1).padStart(4, "0")}.png`;
        await folder.write(name, await readFile(join(path, file)));
        list.push(name);
      }
      for (const at of [0, SHOT_FRAMES - 2]) keyFrames.push(await readPicture(path, files[at]!));
    }
    const reel: Reel = {
      concept: content.concept,
      framesPerSecond: FRAMES_PER_SECOND,
      ...SIZE,
      frames: list.length,
      shots: given.shots.map(({ key }) => key),
    };
    await folder.writeJson("reel.json", reel);
    const seconds = (1 / FRAMES_PER_SECOND).toFixed(4);
    await folder.write("frames.txt", list.map((name) => `file '${name}'\nduration ${seconds}\n`).join(""));
    await folder.write("key-frames.png", toPng(sheet(keyFrames, 4)));
    return folder;
  },
);

export const reelPreparation = workflow(
  { name: "reel-preparation" },
  ({ selector, shots = 4 }: { selector: string | ArtifactRef; shots?: number }) =>
    writeReel({ selector, shots: makeFrames({ selector, shot: orderShots({ selector, shots }) }) }),
);
