/**
 * JSON text that is equal for equal values, whatever order their keys were written in: for hashing and comparing.
 * Reads values as `JSON.stringify` does (`toJSON`, dropped `undefined`), keys sorted by UTF-16 code unit.
 * Sorting the keys of a copy would not do: JavaScript puts integer-like keys first, and `__proto__` is no ordinary key.
 */
export function stableStringify(value: unknown): string {
  const text = write(value, "");
  if (text === undefined) throw new TypeError(`a value of type ${typeof value} has no JSON text`);
  return text;
}

function write(value: unknown, key: string): string | undefined {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const toJson = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJson === "function") return writeBare(toJson.call(value, key));
  return writeBare(value);
}

/** As `write`, for a value whose `toJSON` had its one turn. */
function writeBare(value: unknown): string | undefined {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const parts: string[] = [];
    for (let index = 0; index < value.length; index++) parts.push(write(value[index], String(index)) ?? "null");
    return `[${parts.join(",")}]`;
  }
  const parts: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const text = write((value as Record<string, unknown>)[name], name);
    if (text !== undefined) parts.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${parts.join(",")}}`;
}
