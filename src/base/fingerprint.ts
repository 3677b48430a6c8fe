/**
 * A short name for a text: 16 hex digits, equal for equal texts on every machine. For telling things apart, not for secrets or
 * storage (base/hash.ts); unlike that it runs in a browser. Two lanes of FNV-1a with a final mix.
 */
export function fingerprint(text: string): string {
  return lane(text, 0x811c9dc5) + lane(text, 0x01000193);
}

function lane(text: string, start: number): string {
  let state = start | 0;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
    state ^= state >>> 13;
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return ((state ^ (state >>> 16)) >>> 0).toString(16).padStart(8, "0");
}
