import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

process.env["NODE_ENV"] = "production";

const below = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What a page in a file has otherwise: it begins no runs, so that dialogs and forms stay out of it, and no file lies beside it. */
function instead(): Plugin {
  return {
    name: "instead",
    enforce: "pre",
    resolveId(source) {
      if (source.endsWith("/launch/run-actions.tsx")) return below("./offline/no-actions.tsx");
      return source === "elkjs/lib/elk-worker.min.js?url" ? below("./offline/layout-worker.ts") : undefined;
    },
  };
}

/**
 * The program as a script that unpacks it: a third of its size, and nothing in it that a page could take for markup. A script that
 * is added to the page runs as one that stood there.
 */
function packed(code: string): string {
  // The builder's list of what to fetch before a part is loaded: all parts are here.
  const whole = code.replaceAll("__VITE_PRELOAD__", "[]");
  const base64 = gzipSync(whole, { level: 9 }).toString("base64");
  return `<script type="application/octet-stream" id="program">${base64}</script>
<script type="module">
const bytes = Uint8Array.from(atob(document.getElementById("program").textContent), (one) => one.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const program = document.createElement("script");
program.type = "module";
program.textContent = await new Response(stream).text();
document.body.append(program);
</script>`;
}

/** Puts script and styles into the page itself: one file, which asks nobody for anything. */
function inOneFile(): Plugin {
  return {
    name: "in-one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = Object.values(bundle).find(({ fileName }) => fileName.endsWith(".html"));
      if (page?.type !== "asset") return this.error("there is no page to put things into");
      let html = String(page.source);
      for (const [name, part] of Object.entries(bundle)) {
        const reference = new RegExp(`<(script|link)[^>]*"[^"]*${name.replaceAll(".", "\\.")}"[^>]*>(</script>)?`);
        if (part.type === "chunk")
          html = html.replace(reference, "").replace("</body>", () => `${packed(part.code)}\n</body>`);
        else if (name.endsWith(".css")) html = html.replace(reference, () => `<style>${String(part.source)}</style>`);
        else continue;
        delete bundle[name];
      }
      page.source = html;
      page.fileName = "offline.html";
    },
  };
}

/** The debugger as one file, to which an export adds a run. */
export default defineConfig({
  root: below("./offline"),
  base: "./",
  plugins: [instead(), react(), inOneFile()],
  build: {
    outDir: below("../dist-ui"),
    emptyOutDir: false,
    target: "es2023",
    cssCodeSplit: false,
    modulePreload: false,
    assetsInlineLimit: 10_000_000,
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: { external: ["@rjsf/validator-ajv8"], output: { codeSplitting: false } },
  },
});
