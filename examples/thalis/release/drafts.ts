/** Drafts of posts: what a channel admits, and the text and picture that fit it. */
import type { Bucket, Release } from "./release.ts";

export interface Channel {
  readonly name: string;
  /** Buckets of pictures that fit, best first. */
  readonly buckets: readonly Bucket[];
  /** Characters of a text, tags included. */
  readonly maxLength: number;
  readonly maxTags: number;
}

export const CHANNELS: readonly Channel[] = [
  { name: "microblog", buckets: ["hero", "banner", "feed", "story"], maxLength: 280, maxTags: 3 },
  { name: "photo-feed", buckets: ["feed", "hero", "banner", "story"], maxLength: 2_200, maxTags: 8 },
  { name: "stories", buckets: ["story", "hero", "feed", "banner"], maxLength: 120, maxTags: 2 },
  { name: "newsletter", buckets: ["banner", "hero", "feed", "story"], maxLength: 4_000, maxTags: 0 },
];

export interface Draft {
  readonly channel: string;
  readonly status: "draft";
  readonly text: string;
  /** What the picture shows, for who does not see it. */
  readonly alt: string;
  /** Path in the release. */
  readonly asset: string;
}

/** @throws RangeError when the release has no picture. */
export function draftFor({ concept, assets, reel }: Release, channel: Channel): Draft {
  const asset = channel.buckets.flatMap((bucket) => assets.filter((one) => one.bucket === bucket))[0];
  if (asset === undefined) throw new RangeError(`No picture of the release fits "${channel.name}"`);
  const tags = concept.words.slice(0, channel.maxTags).map((word) => `#${word.replaceAll(/[^\p{L}\p{N}]/gu, "")}`);
  const tail = tags.length === 0 ? "" : `\n\n${tags.join(" ")}`;
  const seconds = (reel.frames / reel.framesPerSecond).toFixed(0);
  const body = `${concept.promptText}. ${assets.length} new pictures, ${asset.light}, and a reel of ${seconds} seconds.`;
  return {
    channel: channel.name,
    status: "draft",
    text: `${shortened(body, channel.maxLength - tail.length)}${tail}`,
    alt: `${asset.text}. Main colours: ${concept.look.colours.slice(1, 4).join(", ")}.`,
    asset: asset.file,
  };
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}\u2026`;
}
