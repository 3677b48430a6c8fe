// Runs the program that is named after it, and says in a file how much memory the process held at most. Not preloaded: what a preloaded
// module may have loaded, the runtime loads too. JavaScript, so that no type stripping is counted.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

process.on("exit", () => writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS)));
process.argv.splice(1, 1);
if (process.argv[1] !== undefined) await import(pathToFileURL(process.argv[1]).href);
