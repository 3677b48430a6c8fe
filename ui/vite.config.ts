import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Whoever starts the builder (a test runner says "test") would otherwise decide that half of React's checks are shipped.
process.env["NODE_ENV"] = "production";

/** The debugger, built into the package: everything it shows comes from the server that serves it. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/",
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL("../dist-ui", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    // What is inlined as a data address would need a wider content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2_000,
    // The form library has a helper for tests that asks for a validator which nobody installs; nothing of it is shipped.
    rolldownOptions: { external: ["@rjsf/validator-ajv8"] },
  },
});
