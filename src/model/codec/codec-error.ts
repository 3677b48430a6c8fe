/** A value that cannot be recorded, or a text that cannot be read back. */
export class CodecError extends Error {
  /** Where inside the value, from its root: `$`, `$.a[3].b`, `$["odd key"]`, `$.map<value 2>`. */
  readonly path: string;
  /** What is wrong there and what to do, without the path. */
  readonly reason: string;

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`the value at "${path}" ${reason}`, options);
    this.name = "CodecError";
    this.path = path;
    this.reason = reason;
  }
}

/** What somebody threw, in a few words; reading a thrown thing may itself throw. */
export const thrownText = (thrown: unknown): string => {
  try {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return text.length > 200 ? `${text.slice(0, 200)}...` : text;
  } catch {
    return "something that cannot be shown";
  }
};
