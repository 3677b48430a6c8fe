// Preloaded into a process: says, in a file, how much memory it held at most. JavaScript, so that no type stripping is counted.
import { writeFileSync } from "node:fs";

process.on("exit", () => writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS)));
