/** What an error code means: its section of docs/errors.md, which travels with the package. */
import { nearestName } from "../../base/nearest-name.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { errorsPage } from "../documentation.ts";

export interface CodeSection {
  readonly code: string;
  readonly title: string;
  readonly heading: string;
  /** Markdown, with its heading. */
  readonly text: string;
}

export async function listCodes(): Promise<readonly CodeSection[]> {
  return sectionsOf(await errorsPage());
}

/** @param code "WG1001" or "1001". Throws WG5046 for a code that there is not. */
export async function explainCode(code: string): Promise<Omit<CodeSection, "heading">> {
  const sections = await listCodes();
  const wanted = code.toUpperCase().replace(/^(?=\d{4}$)/, "WG");
  const section = sections.find((known) => known.code === wanted);
  if (section === undefined) throw unknownCode(code, sections);
  return { code: section.code, title: section.title, text: section.text };
}

/** Every heading that begins with a code, up to the next heading of its level or above. */
export function sectionsOf(markdown: string): readonly CodeSection[] {
  const lines = markdown.split("\n");
  const sections: CodeSection[] = [];
  lines.forEach((line, start) => {
    const match = /^(#+)\s+`?(WG\d{4})`?[\s:.,-]*(.*)$/.exec(line);
    if (!match) return;
    const [, marks = "#", code = "", title = ""] = match;
    const next = lines.findIndex(
      (other, index) => index > start && (/^(#+)\s/.exec(other)?.[1]?.length ?? 99) <= marks.length,
    );
    const text = lines
      .slice(start, next === -1 ? undefined : next)
      .join("\n")
      .trim();
    sections.push({ code, title, heading: `${code} ${title}`.trim(), text: `${text}\n` });
  });
  return sections;
}

function unknownCode(code: string, sections: readonly CodeSection[]): WorkgraphError {
  const near = nearestName(
    code.toUpperCase(),
    sections.map((section) => section.code),
  );
  return new WorkgraphError("WG5046", `"${code}" is no code of this version`, {
    hint: near ? `Did you mean "${near}"?` : `"${commandLine("docs errors")}" lists the codes.`,
  });
}
