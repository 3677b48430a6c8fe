/** The client of an OpenAI-compatible images API against a process that speaks it. */
import { FatalError } from "agentic-workgraph";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { fromImageFile } from "../pictures/image-file.ts";
import { startServices, type ServiceProcess } from "../testing/service-process.ts";
import { imageFromApi, type ImageApiAsked } from "./images-api.ts";

let services: ServiceProcess;
beforeAll(async () => {
  services = await startServices();
});
beforeEach(() => services.behave({}));
afterAll(() => services.stop());

function ask(more: Partial<ImageApiAsked> = {}): Promise<Uint8Array> {
  return imageFromApi({
    url: `${services.url}/v1`,
    model: "some-model",
    prompt: "glass",
    size: "1024x1024",
    signal: AbortSignal.timeout(10_000),
    ...more,
  });
}

test("reads a picture that comes as base64, and one that lies somewhere", async () => {
  expect(fromImageFile(await ask()).width).toBe(128);
  await services.behave({ answerWith: "url" });
  expect(fromImageFile(await ask()).width).toBe(128);
});

test("waits as long as the service asks for when there were too many requests", async () => {
  await services.behave({ limited: 2, retryAfterSeconds: 0.05 });
  expect(fromImageFile(await ask()).width).toBe(128);
  expect((await services.seen()).imageRequests).toBe(3);
});

test("gives up waiting after four times, and leaves the rest to the next attempt", async () => {
  await services.behave({ limited: 9 });
  const error = await ask().catch((failure: unknown) => failure);
  expect(String(error)).toMatch(/429.*Rate limit/);
  expect(error).not.toBeInstanceOf(FatalError);
  expect((await services.seen()).imageRequests).toBe(5);
});

test("a service that broke may be asked again; one that refuses may not", async () => {
  await services.behave({ broken: 1 });
  const broken = await ask().catch((failure: unknown) => failure);
  expect(String(broken)).toContain("500");
  expect(broken).not.toBeInstanceOf(FatalError);
  const refused = await ask({ prompt: "" }).catch((failure: unknown) => failure);
  expect(refused).toBeInstanceOf(FatalError);
});

test("sends the key, and a wrong one is refused for good", async () => {
  await services.behave({ key: "right" });
  expect(fromImageFile(await ask({ key: "right" })).width).toBe(128);
  await expect(ask({ key: "wrong" })).rejects.toBeInstanceOf(FatalError);
  await expect(ask()).rejects.toThrow(/401/);
});

test("does not wait for an answer longer than its signal says", async () => {
  await services.behave({ silent: 1 });
  await expect(ask({ signal: AbortSignal.timeout(60) })).rejects.toThrow(/timeout|aborted/i);
});

test("an answer without a picture is refused", async () => {
  await services.behave({ answerWith: "nothing" });
  await expect(ask()).rejects.toThrow(/neither an image/);
});
