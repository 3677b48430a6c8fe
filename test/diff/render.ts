/** A program as the TypeScript files that an author would write. */
import type { CallSpec, NodeSpec, Program } from "./program.ts";

export function renderHelpers({ helpers, constants }: Program): string {
  return [
    ...constants.map((value, i) => `export const C${i} = ${value};`),
    ...helpers.map((value, i) => `export function h${i}(v: number): number {\n  return v * 3 + ${value};\n}`),
    "",
  ].join("\n");
}

export function renderFlow({ nodes, calls }: Program): string {
  return [
    'import { readFileSync } from "node:fs";',
    'import { node, random, workflow } from "agentic-workgraph";',
    'import { drawn, measured } from "measured";',
    'import { C0, C1, C2, h0, h1 } from "./helpers.ts";',
    "",
    ...nodes.map(renderNode),
    "",
    'export const flow = workflow({ name: "flow" }, async ({ xs, scale }: { xs: number[]; scale: number }) => {',
    ...calls.flatMap((call, i) => renderCall(call, i)),
    `  return { ${calls.map((_, i) => `c${i}`).join(", ")} };`,
    "});",
    "",
  ].join("\n");
}

const READS: Readonly<Record<NodeSpec["reads"], string>> = {
  nothing: "",
  file: ' + Number(readFileSync(process.env["DIFF_FILE"]!, "utf8"))',
  environment: ' + Number(process.env["DIFF_WORLD"])',
  clock: " + (Date.now() % 1000) / 1000 + performance.now()",
  chance: " + Math.random()",
  "hidden chance": " + drawn()",
  package: " + measured()",
};

function renderNode({ id, shape, add, helper, constant, reads }: NodeSpec): string {
  const options = [`id: "${id}"`];
  if (shape === "gather") options.push('gather: ["x"]');
  if (shape === "many") options.push('out: "many"');
  const sum = shape === "gather" ? "x.reduce((a, b) => (a * 31 + b) % 1000003, 7)" : "x";
  const parts = [
    `${sum} * 3 + plus * 7 + ${add}`,
    ...(helper === undefined ? [] : [`h${helper}(plus)`]),
    ...(constant === undefined ? [] : [`C${constant}`]),
  ];
  return [
    `const ${id} = node({ ${options.join(", ")} }, async ({ x, plus }: { x: ${shape === "gather" ? "number[]" : "number"}; plus: number }) => {`,
    `  const result = ${parts.join(" + ")}${READS[reads]};`,
    shape === "many" ? "  return [result, result + 1];" : "  return result;",
    "});",
  ].join("\n");
}

function renderCall({ node, of, plus, awaited }: CallSpec, i: number): readonly string[] {
  const from = of === "input" ? "xs" : `c${of}`;
  const given = {
    number: () => (plus.kind === "number" ? String(plus.value) : ""),
    scale: () => "scale",
    drawn: () => "random()",
    time: () => "Date.now()",
  }[plus.kind]();
  if (!awaited || of === "input") return [`  const c${i} = n${node}({ x: ${from}, plus: ${given} });`];
  return [
    `  const a${i} = [await ${from}].flat().filter((v) => Math.floor(v) % 2 === 1);`,
    `  const c${i} = n${node}({ x: a${i}, plus: ${given} });`,
  ];
}
