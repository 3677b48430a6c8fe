/** Whether a file or folder is there now. */
import { stat } from "node:fs/promises";

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
