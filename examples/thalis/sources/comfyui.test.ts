/** The ComfyUI client against a process that speaks its routes. */
import { FatalError } from "agentic-workgraph";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { fromImageFile } from "../pictures/image-file.ts";
import { startServices, type ServiceProcess } from "../testing/service-process.ts";
import { imageFromComfy, type ComfyAsked } from "./comfyui.ts";

let services: ServiceProcess;
beforeAll(async () => {
  services = await startServices();
});
beforeEach(() => services.behave({}));
afterAll(() => services.stop());

function ask(more: Partial<ComfyAsked> = {}): Promise<Uint8Array> {
  return imageFromComfy({
    url: services.url,
    checkpoint: "v1-5-pruned-emaonly.safetensors",
    prompt: "glass",
    seed: 1,
    size: 64,
    signal: AbortSignal.timeout(10_000),
    pollMs: 5,
    ...more,
  });
}

const pixels = async (asked: Partial<ComfyAsked>): Promise<string> =>
  Buffer.from(fromImageFile(await ask(asked)).rgb).toString("hex");

test("gives the picture that prompt and seed name, in the size that was asked for", async () => {
  const picture = fromImageFile(await ask({ size: 61 }));
  expect([picture.width, picture.height]).toEqual([64, 64]);
  const [same, again, otherPrompt, otherSeed] = await Promise.all([
    pixels({}),
    pixels({}),
    pixels({ prompt: "moss" }),
    pixels({ seed: 2 }),
  ]);
  expect(again).toBe(same);
  expect(otherPrompt).not.toBe(same);
  expect(otherSeed).not.toBe(same);
});

test("waits in the queue behind others", async () => {
  await services.behave({ workMs: 40 });
  const pictures = await Promise.all([1, 2, 3, 4].map((seed) => pixels({ seed })));
  expect(new Set(pictures).size).toBe(4);
  expect((await services.seen()).mostRunning).toBe(1);
});

test("says why a graph failed, and that another attempt may help", async () => {
  await services.behave({ failures: 1 });
  const error = await ask().then(String, (failure: unknown) => failure);
  expect(error).not.toBeInstanceOf(FatalError);
  expect(String(error)).toContain("CUDA out of memory");
  expect(await ask()).toBeInstanceOf(Uint8Array);
});

test("a graph that the server refuses is refused for good, with the server's words", async () => {
  const error = await ask({ checkpoint: "no-such.safetensors" }).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(FatalError);
  expect(String(error)).toMatch(/400.*no-such\.safetensors/);
});

test("stops waiting when it is aborted, and takes its graph out of the queue", async () => {
  await services.behave({ workMs: 400 });
  const first = ask().catch(() => undefined);
  await expect(ask({ signal: AbortSignal.timeout(60) })).rejects.toThrow(/timeout|aborted/i);
  expect((await services.seen()).takenBack).toBe(1);
  await first;
});

test("a picture that was cut off on the way is an error", async () => {
  await services.behave({ truncated: true });
  const bytes = await ask();
  expect(() => fromImageFile(bytes)).toThrow(/cannot be read/);
});

test("a server that is not there is an error that another attempt may help", async () => {
  const error = await ask({ url: "http://127.0.0.1:1" }).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(FatalError);
});
