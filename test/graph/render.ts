/** A program as the TypeScript that an author would write. */
import { RECURSION, type Argument, type Statement, type Program } from "./program.ts";

const HELPERS = `
  function sync(a: any, tag: string): any {
    return one({ x: a, tag });
  }
  async function twice(a: any, tag: string): Promise<any> {
    const b = await one({ x: a, tag: tag + ".1" });
    const c = await one({ x: b, y: a, tag: tag + ".2" });
    return { b, c };
  }
  async function recur(a: any, depth: number, tag: string): Promise<any> {
    const b = await one({ x: a, tag: tag + "." + depth });
    return depth === 0 ? b : await recur(b, depth - 1, tag);
  }
`;

/** The body of an async function with the parameters one, flaky, bad, list, sum, filter, zip, zipBy, cross, merge, race. */
export function render({ statements }: Program): string {
  return `${HELPERS}  const s = "";\n${block(statements, { suffix: "s", indent: "  " })}  return null;\n`;
}

interface At {
  /** Variable that holds what the loops around add to a tag. */
  readonly suffix: string;
  readonly indent: string;
}

function block(statements: readonly Statement[], at: At): string {
  return statements.map((statement) => at.indent + text(statement, at) + "\n").join("");
}

function text(statement: Statement, at: At): string {
  const tag = (base: string): string => `"${base}" + ${at.suffix}`;
  switch (statement.do) {
    case "call": {
      const [x, y] = statement.args;
      const first = x === undefined ? [] : [`${statement.node === "sum" ? "xs" : "x"}: ${argument(x)}`];
      const args = [...first, ...(y === undefined ? [] : [`y: ${argument(y)}`]), `tag: ${tag(statement.tag)}`];
      return `const ${statement.to} = ${statement.node}({ ${args.join(", ")} });`;
    }
    case "await":
      return `const ${statement.to} = await ${statement.of};`;
    case "settled":
      return `const ${statement.to} = (await ${statement.of}.settled()).filter((c: any) => c.status === "ok").map((c: any) => c.value);`;
    case "together":
      return `await Promise.${statement.how}([${statement.of.join(", ")}]);`;
    case "pick":
      return `const ${statement.to} = ${statement.of}[${statement.index} % ${statement.of}.length];`;
    case "links":
      return `const ${statement.to} = ${statement.of}.links;`;
    case "derive":
      return `const ${statement.to} = ${derived(statement.of, statement.how)};`;
    case "change":
      if (statement.how === "field") return `${statement.of}.extra = 1;`;
      return statement.how === "pop"
        ? `${statement.of}.pop();`
        : `${statement.of}.push({ n: -1, name: "new", links: [] });`;
    case "filter":
      return `const ${statement.to} = filter(${statement.of}, (v: any) => v.n % 2 === ${statement.parity});`;
    case "zipBy":
      return `const [${statement.to.join(", ")}] = zipBy(${statement.of.join(", ")}, (v: any) => v.n);`;
    case "zip":
    case "cross":
      return `const [${statement.to.join(", ")}] = ${statement.do}(${statement.of.join(", ")});`;
    case "merge":
      return `const ${statement.to} = merge(${statement.of.join(", ")});`;
    case "race":
      return `const ${statement.to} = race([${statement.of.join(", ")}]);`;
    case "if":
      return (
        `if (${statement.on}.n % 2 === 0) {\n${block(statement.then, inner(at))}${at.indent}} else {\n` +
        `${block(statement.otherwise, inner(at))}${at.indent}}`
      );
    case "repeat": {
      const k = `k_${statement.to}`;
      return `for (let ${k} = 0; ${k} < ${statement.times}; ${k}++) {\n${loop(statement.body, k, at)}${at.indent}}`;
    }
    case "each":
    case "for await": {
      const k = `k_${statement.to}`;
      const wait = statement.do === "each" ? "" : "await ";
      return (
        `let ${k} = -1;\n${at.indent}for ${wait}(const ${statement.to} of ${statement.of}) {\n` +
        `${at.indent}  ${k}++;\n${loop(statement.body, k, at)}${at.indent}}`
      );
    }
    case "helper": {
      const call = `${statement.fn}(${statement.arg}, ${statement.fn === "recur" ? `${RECURSION}, ` : ""}${tag(statement.tag)})`;
      if (statement.fn === "sync") return `const ${statement.to} = ${call};`;
      return `const ${statement.to} = ${statement.fn === "twice" ? `(await ${call}).c` : `await ${call}`};`;
    }
    case "map helper": {
      const call = `twice(x, ${tag(statement.tag)} + "." + i)`;
      return `const ${statement.to} = (await Promise.all(${statement.of}.map((x: any, i: number) => ${call}))).map((r: any) => r.c);`;
    }
    case "try":
      return (
        `try {\n${at.indent}  await ${statement.of};\n${at.indent}} catch (error: any) {\n` +
        `${at.indent}  one({ x: error.failures.length, tag: ${tag(statement.tag)} });\n${at.indent}}`
      );
  }
}

const inner = (at: At): At => ({ ...at, indent: `${at.indent}  ` });

function loop(body: readonly Statement[], k: string, at: At): string {
  const suffix = `s_${k}`;
  const inside = { ...inner(at), suffix };
  return `${inside.indent}const ${suffix} = ${at.suffix} + "." + ${k};\n${block(body, inside)}`;
}

function argument(of: Argument): string {
  switch (of.as) {
    case "var":
      return of.name;
    case "nested":
      return `{ deep: [${of.name}], other: 1 }`;
    case "both":
      return `{ a: ${of.names[0]}, b: { c: ${of.names[1]} } }`;
    case "text":
      return `${of.name}.name`;
    case "array":
      return `[${of.names.join(", ")}]`;
    case "constant":
      return String(of.value);
  }
}

function derived(of: string, how: string): string {
  switch (how) {
    case "filter":
      return `${of}.filter((v: any) => Math.floor(v.n) % 2 === 0)`;
    case "slice":
      return `${of}.slice(1)`;
    case "reverse":
      return `${of}.toReversed()`;
    case "spread":
      return `[...${of}, ...${of}.slice(0, 1)]`;
    default:
      return `${of}.map((v: any) => ({ n: 7, kept: v }))`;
  }
}
