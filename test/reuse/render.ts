/** A program as the TypeScript that an author would write. */
import type { CallSpec, NodeSpec, Program, Ref } from "./program.ts";

export function render(program: Program): string {
  const { constants, helpers, nodes, calls, remark } = program;
  return [
    'import { readFile } from "node:fs/promises";',
    'import { node, workflow } from "agentic-workgraph";',
    "",
    `// remark ${remark}`,
    "const note = (id: string, input: object): void => void (globalThis as { reuseLedger?: string[] }).reuseLedger?.push(`${id} ${JSON.stringify(input)}`);",
    ...constants.map((value, i) => `const C${i} = ${value};`),
    ...helpers.map(
      ({ factor, constant }, i) =>
        `function h${i}(v: number): number {\n  return v * ${factor}${constant === undefined ? "" : ` + C${constant}`};\n}`,
    ),
    ...nodes.map(renderNode),
    "",
    ...BOOKS,
    'export const flow = workflow({ name: "flow" }, async ({ xs }: { xs: number[] }) => {',
    "  const handles: Record<string, { settled(): PromiseLike<unknown> }> = {};",
    ...calls.flatMap((call, i) => renderCall(program, call, i)),
    "  const made: Record<string, unknown> = {};",
    "  for (const [name, handle] of Object.entries(handles)) {",
    "    const settled = (await handle.settled()) as { status: string; value: number }[];",
    '    made[name] = settled.flatMap((one) => (one.status === "ok" ? [one.value] : []));',
    "  }",
    "  return made;",
    "});",
    "",
  ].join("\n");
}

const BOOKS: readonly string[] = [
  'const print = node({ id: "print" }, async ({ n }: { n: number }, ctx) => {',
  '  const dir = await ctx.artifact("book");',
  '  await dir.write("n.txt", String(n));',
  "  return dir.ref;",
  "});",
  'export const books = workflow({ name: "books" }, ({ n }: { n: number }) => print({ n }));',
  "",
];

function renderNode(spec: NodeSpec): string {
  const { id, shape, factor, add, modulus, constant, helper, trait } = spec;
  const options = [`id: "${id}"`];
  if (shape === "gather") options.push('gather: ["x"]', 'onFailed: "drop"');
  if (shape === "many") options.push('out: "many"');
  if (trait === "effect") options.push("effect: true");
  const params =
    shape === "pair"
      ? "{ x, y }: { x: number; y: number }"
      : `{ x }: { x: ${shape === "gather" ? "number[]" : "number"} }`;
  const asks = trait === "asker" || trait === "namer";
  const ctx = trait === "reader" || trait === "opener" || asks ? ", ctx" : "";
  const sum = shape === "gather" ? "x.reduce((a, b) => a + b, 0)" : shape === "pair" ? "(x + 2 * y)" : "x";
  const lines = [
    `  note("${id}", ${shape === "pair" ? "{ x, y }" : "{ x }"});`,
    ...(trait === "reader" ? ['  await ctx.scratchpad.get("unknown");'] : []),
    ...(trait === "opener"
      ? [
          '  const { path } = await ctx.openArtifact("books/book@latest");',
          '  const book = Number(await readFile(`${path}/n.txt`, "utf8"));',
        ]
      : []),
    ...(asks
      ? [`  const said = Number(await ctx.llm({ prompt: "say"${trait === "namer" ? ', model: "fixed"' : ""} }));`]
      : []),
    `  const result = (${sum} * ${factor} + ${add}${constant === undefined ? "" : ` + C${constant}`}${helper === undefined ? "" : ` + h${helper}(${sum})`}${trait === "opener" ? " + book" : ""}${asks ? " + said" : ""}) % ${modulus};`,
    ...(trait === "fails" ? ['  if (result === 1) throw new Error("one");'] : []),
    shape === "many" ? "  return Array.from({ length: result % 3 }, (_, i) => result + i);" : "  return result;",
  ];
  return `const ${id} = node({ ${options.join(", ")} }, async (${params}${ctx}) => {\n${lines.join("\n")}\n});`;
}

function renderRef(ref: Ref): string {
  switch (ref.kind) {
    case "input":
      return "xs";
    case "call":
      return `c${ref.call}`;
    case "awaited":
      return `await c${ref.call}`;
    case "plain":
      return String(ref.value);
  }
}

function renderCall(program: Program, { node, args, when }: CallSpec, i: number): string[] {
  const { id } = program.nodes[node]!;
  const params = args.map((ref, at) => `${at === 0 ? "x" : "y"}: ${renderRef(ref)}`).join(", ");
  const renamed = program.remark % 2 === 1 ? "// a line more\n  " : "";
  if (!when) return [`  ${renamed}const c${i} = ${id}({ ${params} });`, `  handles.c${i} = c${i};`];
  return [
    `  if ((await c${when.call}) >= ${when.atLeast}) {`,
    `    const c${i} = ${id}({ ${params} });`,
    `    handles.c${i} = c${i};`,
    "  }",
  ];
}
