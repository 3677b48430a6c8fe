import { expect, test, vi } from "vitest";
import { streamBody } from "./stream-body.ts";

async function* counted(made: number[], until = Infinity): AsyncGenerator<string, void> {
  for (let piece = 0; piece < until; piece++) {
    made.push(piece);
    yield `${piece} `;
  }
}

test("a piece is made when the one before it was taken, and none ahead", async () => {
  const made: number[] = [];
  const reader = streamBody(counted(made), { closed: () => undefined }).getReader();
  expect(made).toEqual([]);
  await reader.read();
  await reader.read();
  expect(made).toEqual([0, 1]);
  await reader.cancel();
});

test("its end and its reader's end are told once", async () => {
  const closed = vi.fn<() => void>();
  expect(await new Response(streamBody(counted([], 3), { closed })).text()).toBe("0 1 2 ");
  expect(closed).toHaveBeenCalledOnce();
  const left = vi.fn<() => void>();
  const reader = streamBody(counted([]), { closed: left }).getReader();
  await reader.read();
  await reader.cancel();
  await reader.cancel();
  expect(left).toHaveBeenCalledOnce();
});

test("a reader that takes nothing for long is let go", async () => {
  const closed = vi.fn<() => void>();
  const reader = streamBody(counted([]), { closed, stalledMs: 10 }).getReader();
  await reader.read();
  await expect.poll(() => closed.mock.calls.length).toBe(1);
  await expect(reader.read()).rejects.toThrow("nobody reads");
});

test("what fails in the making fails the body", async () => {
  const closed = vi.fn<() => void>();
  async function* failing(): AsyncGenerator<string, void> {
    yield "a";
    throw new Error("broken");
  }
  await expect(new Response(streamBody(failing(), { closed })).text()).rejects.toThrow("broken");
  expect(closed).toHaveBeenCalledOnce();
});
