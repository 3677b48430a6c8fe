/** `workgraph docs`: the section of docs/errors.md that a code has. */
import { readFile } from "node:fs/promises";
import { nearestName } from "../../base/nearest-name.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

export const docs: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("[code]", "an error code, e.g. WG1001; without one all codes are listed")
      .addHelpText("after", examples("workgraph docs WG1001", "workgraph docs"))
      .action(async (code: string | undefined, options: CommonOptions) => {
        const sections = sectionsOf(await readPage());
        if (code === undefined) {
          const codes = sections.map(({ code: known, title }) => ({ code: known, title }));
          session.answer(options, { codes }, () => sections.map(({ heading }) => `${heading}\n`).join(""));
          return;
        }
        const wanted = code.toUpperCase().replace(/^(?=\d{4}$)/, "WG");
        const section = sections.find((known) => known.code === wanted);
        if (section === undefined) throw unknownCode(code, sections);
        session.answer(options, { code: section.code, title: section.title, text: section.text }, () => section.text);
      });
  },
};

async function readPage(): Promise<string> {
  try {
    return await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  } catch (cause) {
    throw new WorkgraphError("WG5046", `docs/errors.md of the package cannot be read: ${(cause as Error).message}`, {
      hint: "Install the package again.",
      cause,
    });
  }
}

interface Section {
  readonly code: string;
  readonly title: string;
  readonly heading: string;
  /** With its heading. */
  readonly text: string;
}

/** Every heading that begins with a code, up to the next heading of its level or above. */
export function sectionsOf(markdown: string): readonly Section[] {
  const lines = markdown.split("\n");
  const sections: Section[] = [];
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

function unknownCode(code: string, sections: readonly Section[]): WorkgraphError {
  const near = nearestName(
    code.toUpperCase(),
    sections.map((section) => section.code),
  );
  return new WorkgraphError("WG5046", `"${code}" is no code of this version`, {
    hint: near ? `Did you mean "${near}"?` : `"${commandLine("docs")}" lists the codes.`,
  });
}
