/**
 * What is changed in an author's file before it is bundled.
 *
 * Owns: four edits, none of which moves a line: `node(...)` and `workflow(...)` at the top level become droppable whole,
 * `text(import.meta, "./p.md")` becomes the text, `import.meta` names the author's file and not the bundle, and what a package
 * made for a constant stays recognisable when the constant is dropped.
 * Leaves to `bundle-plugin.ts`: where files come from.
 *
 * R1. A definition is wrapped in a pure function of no arguments: marking the call itself pure would keep its arguments, and
 *     `output: z.object({...})` of a dropped node would stay behind.
 * R2. `const Page = z.object({...})` keeps running when nobody uses `Page` (a package may have its reasons), but then the bundler
 *     leaves `z.object({...})` as a statement, which would count for everybody who uses that package. Wrapped in a function of
 *     no arguments it is known to be the remains of a declaration.
 * R3. Imports that an edit needs go to the end of the file, where they move nothing (imports are hoisted).
 */
import { authoringCall } from "./authoring.ts";
import type { AuthoringCall } from "./authoring.ts";
import { scopesOf } from "./scope.ts";
import type { Scopes } from "./scope.ts";
import { META_SPECIFIER } from "./specifiers.ts";
import { bare, isFunction, rootOf, stringValue, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

/** Suffix of a module id whose default export is the file's text. */
export const TEXT_SUFFIX = "?workgraph-text";

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Rewrite {
  readonly edits: readonly Edit[];
  /** Goes to the end of the file. */
  readonly appended: string;
  /** Specifiers of `import "x"`. */
  readonly bareImports: readonly string[];
  readonly warnings: readonly { readonly message: string; readonly offset: number }[];
}

const NEEDS_REWRITE =
  /agentic-workgraph|import\.meta|type["']?\s*:\s*["']text["']|import\s*["'(]|^(?:export\s+)?(?:const|let|var)\s[^;]*\(/m;

/** A cheap look whether a file can need any edit; saves parsing most helpers twice. */
export function mayNeedRewrite(text: string): boolean {
  return NEEDS_REWRITE.test(text);
}

/** @param file path of the file relative to the folder of the workflow file. */
export function rewriteOf(program: SyntaxNode, file: string): Rewrite {
  const writer = new Writer(scopesOf(program), file);
  writer.read(program);
  return writer;
}

class Writer implements Rewrite {
  readonly edits: Edit[] = [];
  readonly bareImports: string[] = [];
  readonly warnings: { message: string; offset: number }[] = [];
  appended = "";
  readonly #scopes: Scopes;
  readonly #file: string;
  #texts = 0;
  #usesMeta = false;

  constructor(scopes: Scopes, file: string) {
    this.#scopes = scopes;
    this.#file = file;
  }

  read(program: SyntaxNode): void {
    for (const statement of program.body as readonly SyntaxNode[]) {
      this.#import(statement);
      this.#constants(statement);
    }
    walk(program, (node, ancestors) => this.#visit(node, ancestors));
    if (this.#usesMeta) this.appended += `\nimport { metaOf as ${META_NAME} } from "${META_SPECIFIER}";`;
  }

  #import(statement: SyntaxNode): void {
    if (statement.type !== "ImportDeclaration" && !(statement.type.startsWith("Export") && statement.source)) return;
    if (statement.type === "ImportDeclaration" && statement.specifiers.length === 0)
      this.bareImports.push(statement.source.value);
    const attributes = (statement.attributes ?? []) as readonly SyntaxNode[];
    const asText = attributes.some((one) => (one.key.name ?? one.key.value) === "type" && one.value.value === "text");
    if (!asText) return;
    const { source } = statement;
    this.edits.push({ start: source.start, end: source.end, text: JSON.stringify(source.value + TEXT_SUFFIX) });
    // The bundler knows no attribute "text".
    const closing = statement.end;
    this.edits.push({ start: source.end, end: closing, text: ";" });
  }

  #constants(statement: SyntaxNode): void {
    const declared = (
      statement.type === "ExportNamedDeclaration" ? statement.declaration : statement
    ) as SyntaxNode | null;
    if (declared?.type !== "VariableDeclaration") return;
    for (const { init } of declared.declarations as readonly SyntaxNode[]) {
      if (!init || authoringCall(bare(init), this.#scopes) || !this.#asksPackage(init) || waits(init)) continue;
      this.#wrap(init, "(() => ");
    }
  }

  /** Something imported is called when the module loads. A class is left alone: its name comes from the declaration. */
  #asksPackage(init: SyntaxNode): boolean {
    let asks = false;
    walk(init, (node) => {
      if (asks || isFunction(node) || node.type === "ClassExpression" || authoringCall(node, this.#scopes))
        return false;
      if (node.type !== "CallExpression" && node.type !== "NewExpression" && node.type !== "TaggedTemplateExpression")
        return undefined;
      const root = rootOf(node.callee ?? node.tag);
      asks = root !== undefined && this.#scopes.bindingOf(root)?.kind === "import";
      return undefined;
    });
    return asks;
  }

  #visit(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean | undefined {
    if (node.type === "MetaProperty" && node.meta.name === "import") {
      this.#usesMeta = true;
      this.edits.push({ start: node.start, end: node.end, text: `${META_NAME}(${JSON.stringify(this.#file)})` });
      return undefined;
    }
    if (node.type === "ImportExpression" && stringValue(node.source) === undefined) {
      this.warnings.push({
        message: "import() of a computed path is not part of the version: the file is read when it runs",
        offset: node.start,
      });
    }
    const call = authoringCall(node, this.#scopes);
    if (!call) return undefined;
    if (call.kind === "text") return this.#text(call) ? false : undefined;
    if (runsOnLoad(ancestors) && !waits(call.call)) this.#wrap(call.call, "/* @__PURE__ */ (() => ");
    return undefined;
  }

  #wrap(value: SyntaxNode, opening: string): void {
    // An object literal would be taken for the body of the function.
    const braced = bare(value).type === "ObjectExpression";
    this.edits.push({ start: value.start, end: value.start, text: braced ? `${opening}(` : opening });
    this.edits.push({ start: value.end, end: value.end, text: braced ? "))()" : ")()" });
  }

  /** True when the call was replaced, so that nothing inside it is edited as well. */
  #text(call: AuthoringCall): boolean {
    const [meta, path] = call.call.arguments as readonly SyntaxNode[];
    const relative = path && stringValue(bare(path));
    if (meta?.type !== "MetaProperty" || relative === undefined) {
      const message = 'text() needs import.meta and a literal path ("./prompt.md") to be part of the version';
      this.warnings.push({ message, offset: call.call.start });
      return false;
    }
    const name = `__workgraph_text_${this.#texts++}`;
    this.edits.push({ start: call.call.start, end: call.call.end, text: name });
    const specifier = relative.startsWith(".") || relative.startsWith("/") ? relative : `./${relative}`;
    this.appended += `\nimport ${name} from ${JSON.stringify(specifier + TEXT_SUFFIX)};`;
    return true;
  }
}

const META_NAME = "__workgraph_meta";

function runsOnLoad(ancestors: readonly SyntaxNode[]): boolean {
  return !ancestors.some((node) => isFunction(node) || node.type === "ClassBody");
}

/** `await` outside of a function inside the call: it cannot move into one that is not async. */
function waits(call: SyntaxNode): boolean {
  let found = false;
  walk(call, (node) => {
    if (isFunction(node)) return false;
    if (node.type === "AwaitExpression") found = true;
    return undefined;
  });
  return found;
}
