/**
 * Images from an OpenAI-compatible images API: `POST /images/generations`, answered with the image as base64 or with where it lies.
 *
 * R1. 429 is waited for as long as `Retry-After` says, a few times; other refusals of a request are for good.
 * R2. The service is given no seed, because it takes none: asked again, it gives another image.
 */
import { FatalError, node } from "agentic-workgraph";
import { z } from "zod";

import { fromImageFile } from "../pictures/image-file.ts";
import { cut, middle } from "../pictures/picture.ts";
import { bytesOf, jsonOf, pause } from "./http.ts";
import { imageFolder, type ImageAsked } from "./image-request.ts";

const Images = z.object({
  data: z.array(z.object({ b64_json: z.string().optional(), url: z.url().optional() })).min(1),
});

export interface ImageApiAsked {
  /** Up to and with the version: `https://api.openai.com/v1`. */
  readonly url: string;
  readonly model: string;
  readonly prompt: string;
  /** As the service names its sizes, e.g. `1024x1024`. */
  readonly size: string;
  readonly key?: string;
  readonly signal: AbortSignal;
}

/** Times that a 429 is waited for before it is an error. */
const MAX_WAITS = 4;
/** A service that wants more patience than this is asked again by the next attempt. */
const MAX_WAIT_MS = 60_000;

/** The bytes of one image. */
export async function imageFromApi(asked: ImageApiAsked): Promise<Uint8Array> {
  const { url, model, prompt, size, key, signal } = asked;
  for (let waits = 0; ; waits++) {
    const response = await fetch(`${url}/images/generations`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, prompt, n: 1, size }),
      signal,
    });
    const waitMs = response.status === 429 && waits < MAX_WAITS ? retryAfterMs(response) : undefined;
    if (waitMs === undefined) return imageIn(await jsonOf(response, Images), signal);
    await response.body?.cancel();
    await pause(waitMs, signal);
  }
}

function retryAfterMs({ headers }: Response): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? 1);
  const waitMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 1000;
  return waitMs <= MAX_WAIT_MS ? waitMs : undefined;
}

async function imageIn({ data: [image] }: z.infer<typeof Images>, signal: AbortSignal): Promise<Uint8Array> {
  if (image?.b64_json !== undefined) return Buffer.from(image.b64_json, "base64");
  if (image?.url === undefined) throw new FatalError("The images API answered with neither an image nor where it lies");
  return bytesOf(await fetch(image.url, { signal }));
}

export const askImagesApi = node(
  { id: "ask_images_api", concurrency: 4, retries: { max: 2, delay: "2s" }, timeout: "5m" },
  async ({ request, service }: ImageAsked, ctx) => {
    const received = await imageFromApi({
      url: service.url,
      model: service.model,
      prompt: request.prompt,
      size: "1024x1024",
      signal: ctx.signal,
      ...(service.secret === "" ? {} : { key: ctx.secret(service.secret) }),
    });
    const picture = fromImageFile(received);
    const size = { width: request.size, height: request.size };
    return imageFolder(ctx, request, { picture: cut(picture, middle(picture, size), size), received });
  },
);
