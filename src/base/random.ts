/**
 * Random numbers that a seed repeats, on every machine: jitter and tests. Not for secrets.
 * The generator is sfc32 (128 bits of state, public domain, passes PractRand); the seed is spread over its state by four
 * multiply-and-shift hashes, so that seeds 1 and 2 have nothing in common.
 * @returns a function that gives the next number in [0, 1).
 */
export function seededRandom(seed: number | string): () => number {
  const text = String(seed);
  let a = spread(text, 0x9e3779b9);
  let b = spread(text, 0x243f6a88);
  let c = spread(text, 0xb7e15162);
  let counter = spread(text, 0x6a09e667) | 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

function spread(text: string, start: number): number {
  let state = start | 0;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
    state ^= state >>> 15;
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return state ^ (state >>> 16);
}

/** A version 4 UUID of numbers in [0, 1). */
export function uuidFrom(random: () => number): string {
  const bytes = Array.from({ length: 16 }, () => Math.floor(random() * 256));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
