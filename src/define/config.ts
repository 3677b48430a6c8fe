import type { ProjectConfig } from "../model/config.ts";

/**
 * Types the content of `workgraph.config.ts`; gives it back as it is. It is checked when the project is opened.
 *
 * @example
 * // workgraph.config.ts
 * export default defineConfig({ workflows: ["flows/*.ts"], data: ".workgraph" });
 */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config;
}
