/** A program as source text that a person can read, for the messages of failing tests. */
import type { Argument, Chosen, NodeSpec, Program, Statement } from "./program.ts";

export const render = (program: Program): string =>
  [
    `// seed ${program.seed}`,
    ...program.nodes.map(renderNode),
    `workflow(() => {`,
    ...program.statements.map((statement) => `  ${renderStatement(program, statement)}`),
    ...(program.returns === undefined ? [] : [`  return ${program.returns};`]),
    `});`,
  ].join("\n");

const renderNode = (node: NodeSpec): string => {
  const gather = node.ports.filter((port) => port.port === "gather").map((port) => port.name);
  const options = [
    `id: "${node.id}"`,
    ...(node.out === "many" ? [`out: "many"`] : []),
    ...(node.keyed ? ["key"] : []),
    ...(gather.length > 0 ? [`gather: ${JSON.stringify(gather)}`, `onFailed: ${JSON.stringify(node.onFailed)}`] : []),
  ];
  const fails = node.failsOn === 0 ? "" : `, fails on ${chosenText(node.failsOn)}`;
  const children = node.out === "many" ? `, ${node.minChildren}-${node.maxChildren} children` : "";
  return `const ${node.id} = node({ ${options.join(", ")} }); // (${node.ports.map((port) => port.name).join(", ")})${children}${fails}`;
};

const renderStatement = (program: Program, statement: Statement): string => {
  switch (statement.kind) {
    case "array":
      return `const ${statement.name} = ${JSON.stringify(statement.elements)};`;
    case "call": {
      const ports = program.nodes.find((node) => node.id === statement.node)?.ports ?? [];
      const args = statement.args.map((argument, i) => `${ports[i]?.name ?? "?"}: ${renderArgument(argument)}`);
      return `const ${statement.name} = ${statement.node}({ ${args.join(", ")} });`;
    }
    case "filter":
      return `const ${statement.name} = filter(${statement.of}, ${statement.sense} ${chosenText(statement.chosen)} by "${statement.salt}");`;
    case "merge":
      return `const ${statement.name} = merge(${statement.of.join(", ")});`;
    case "zip":
    case "cross":
      return `const [${statement.names.join(", ")}] = ${statement.kind}(${statement.of.join(", ")});`;
    case "zipBy":
      return `const [${statement.names.join(", ")}] = zipBy(${statement.of.join(", ")}, keyOf);`;
    case "settle":
      return `await ${statement.of}.settled();`;
  }
};

const renderArgument = (argument: Argument): string => {
  switch (argument.kind) {
    case "scalar":
      return JSON.stringify(argument.text);
    case "handle":
    case "array":
      return argument.of;
    case "concat":
      return `[${argument.parts.map((part) => (part.kind === "text" ? JSON.stringify(part.text) : part.of)).join(", ")}]`;
  }
};

const chosenText = (chosen: Chosen): string => (typeof chosen === "number" ? `${chosen}%` : chosen.join(" | "));
