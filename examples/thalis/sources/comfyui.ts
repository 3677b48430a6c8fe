/**
 * Images from ComfyUI, over the three routes that its examples use: `POST /prompt` puts a graph into the queue, `GET /history/ID`
 * is `{}` until it has been worked off, `GET /view` gives the file.
 *
 * R1. A graph that the server refuses (400, with `node_errors`) is refused for good. One that fails while it runs is worth another
 *     attempt: that is how a full graphics card shows.
 * R2. Whoever stops waiting takes the graph out of the queue again, as far as the server still listens.
 */
import { node } from "agentic-workgraph";
import { z } from "zod";

import { fromImageFile } from "../pictures/image-file.ts";
import { cut, middle } from "../pictures/picture.ts";
import { bytesOf, jsonOf, pause } from "./http.ts";
import { imageFolder, type ImageAsked } from "./image-request.ts";

const Queued = z.object({ prompt_id: z.string(), number: z.number().optional() });

const History = z.record(
  z.string(),
  z.object({
    outputs: z.record(
      z.string(),
      z.object({
        images: z.array(z.object({ filename: z.string(), subfolder: z.string(), type: z.string() })).optional(),
      }),
    ),
    status: z
      .object({ status_str: z.string(), completed: z.boolean(), messages: z.array(z.unknown()).default([]) })
      .optional(),
  }),
);
type Entry = z.infer<typeof History>[string];

export interface ComfyAsked {
  readonly url: string;
  readonly checkpoint: string;
  readonly prompt: string;
  readonly seed: number;
  /** Pixels of each side; ComfyUI works in steps of 8. */
  readonly size: number;
  readonly signal: AbortSignal;
  /** Between two looks at the history; default 500. */
  readonly pollMs?: number;
}

/** The bytes of one image. Waits as long as it takes: a time limit is the signal's. */
export async function imageFromComfy(asked: ComfyAsked): Promise<Uint8Array> {
  const { url, signal, pollMs = 500 } = asked;
  const answer = await fetch(`${url}/prompt`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: graphOf(asked), client_id: "agentic-workgraph" }),
    signal,
  });
  const { prompt_id: id } = await jsonOf(answer, Queued);
  try {
    for (;;) {
      const history = await jsonOf(await fetch(`${url}/history/${encodeURIComponent(id)}`, { signal }), History);
      const entry = history[id];
      if (entry !== undefined) return await viewOf(url, entry, signal);
      await pause(pollMs, signal);
    }
  } catch (error) {
    if (signal.aborted) await takeBack(url, id);
    throw error;
  }
}

async function viewOf(url: string, { outputs, status }: Entry, signal: AbortSignal): Promise<Uint8Array> {
  if (status?.status_str === "error") throw new Error(`ComfyUI failed: ${whyFailed(status.messages)}`);
  const image = Object.values(outputs).flatMap(({ images = [] }) => images)[0];
  if (image === undefined) throw new Error("ComfyUI has worked the graph off and there is no image");
  const query = new URLSearchParams({ filename: image.filename, subfolder: image.subfolder, type: image.type });
  return bytesOf(await fetch(`${url}/view?${query.toString()}`, { signal }));
}

/** Messages are pairs of a name and what is known; an error is one of them. */
function whyFailed(messages: readonly unknown[]): string {
  const failure = z.tuple([z.literal("execution_error"), z.object({ exception_message: z.string() })]);
  for (const message of messages) {
    const { data } = failure.safeParse(message);
    if (data !== undefined) return data[1].exception_message;
  }
  return "it does not say why";
}

/** R2. */
async function takeBack(url: string, id: string): Promise<void> {
  await fetch(`${url}/queue`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ delete: [id] }),
    signal: AbortSignal.timeout(2_000),
  }).then(
    (response) => response.body?.cancel(),
    () => undefined,
  );
}

/** Text to image in the form that ComfyUI saves as "API": node by node, with links as `[node, output]`. */
function graphOf({ checkpoint, prompt, seed, size }: ComfyAsked): object {
  const side = Math.max(64, Math.ceil(size / 8) * 8);
  return {
    "1": { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: checkpoint } },
    "2": { class_type: "CLIPTextEncode", inputs: { text: prompt, clip: ["1", 1] } },
    "3": { class_type: "CLIPTextEncode", inputs: { text: "text, watermark", clip: ["1", 1] } },
    "4": { class_type: "EmptyLatentImage", inputs: { width: side, height: side, batch_size: 1 } },
    "5": {
      class_type: "KSampler",
      inputs: {
        model: ["1", 0],
        positive: ["2", 0],
        negative: ["3", 0],
        latent_image: ["4", 0],
        seed,
        steps: 20,
        cfg: 7,
        sampler_name: "euler",
        scheduler: "normal",
        denoise: 1,
      },
    },
    "6": { class_type: "VAEDecode", inputs: { samples: ["5", 0], vae: ["1", 2] } },
    "7": { class_type: "SaveImage", inputs: { images: ["6", 0], filename_prefix: "thalis" } },
  };
}

/** Models of pictures are made for at least this side. */
const COMFY_SIDE = 512;

export const askComfyui = node(
  { id: "ask_comfyui", concurrency: 2, retries: { max: 2, delay: "2s" }, timeout: "10m" },
  async ({ request, service }: ImageAsked, ctx) => {
    const received = await imageFromComfy({
      url: service.url,
      checkpoint: service.model,
      prompt: request.prompt,
      seed: request.number,
      size: COMFY_SIDE,
      signal: ctx.signal,
    });
    const picture = fromImageFile(received);
    const size = { width: request.size, height: request.size };
    return imageFolder(ctx, request, { picture: cut(picture, middle(picture, size), size), received });
  },
);
