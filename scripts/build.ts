/**
 * `npm run build`: an empty `dist/`, the compiled source in it, and beside each compiled file what it reads (SQL and the like); the
 * pages of the server in `dist-ui/`.
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

// A file that was renamed in src/ would stay in dist/ under its old name and be published.
rmSync(`${ROOT}dist`, { recursive: true, force: true });

const compiled = spawnSync(process.execPath, [`${ROOT}node_modules/typescript/bin/tsc`, "-p", "tsconfig.build.json"], {
  cwd: ROOT,
  stdio: "inherit",
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const path of globSync("**/*.*", { cwd: `${ROOT}src` })) {
  if (/\.(ts|md)$/.test(path) || path.split("/").includes("fixtures")) continue;
  cpSync(`${ROOT}src/${path}`, `${ROOT}dist/${path}`);
}

// The page that runs are exported into is put beside the pages, whose build empties the folder.
for (const config of ["vite.config.ts", "vite.offline.config.ts"]) {
  const pages = spawnSync(
    process.execPath,
    [`${ROOT}node_modules/vite/bin/vite.js`, "build", "--config", `${ROOT}ui/${config}`, "--logLevel", "warn"],
    { cwd: ROOT, stdio: "inherit" },
  );
  if (pages.status !== 0) process.exit(pages.status ?? 1);
}
