import { existsSync } from "node:fs";

/** A Chromium of this machine; CHROMIUM names another. */
export function foundChromium(): string | undefined {
  return [
    process.env["CHROMIUM"],
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ].find((path) => path !== undefined && path !== "" && existsSync(path));
}
