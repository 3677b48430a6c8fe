/** Bytes for people: "812 B", "1.4 MB". Units are powers of 1,000, as on disks and in file managers. */
const UNITS: readonly string[] = ["kB", "MB", "GB", "TB"];

export function sizeText(bytes: number): string {
  let size = bytes;
  let unit = "B";
  for (const next of UNITS) {
    if (size < 999.5) break;
    size /= 1000;
    unit = next;
  }
  return `${unit === "B" || size >= 99.95 ? Math.round(size) : size.toFixed(1)} ${unit}`;
}
