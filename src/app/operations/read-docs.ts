/**
 * A topic of the documentation: a code, a page, or a heading of one.
 *
 * Owns: what a topic may be written as, and cutting. Leaves to documentation.ts: pages and headings; to explain-code.ts: codes.
 *
 * R1. No answer is longer than PART_LENGTH characters of text. A page that is longer gives its beginning and its headings, a
 *     section that is longer its parts, cut between paragraphs.
 * R2. What is no topic is looked for in the headings; one that has it is shown, several are named.
 */
import { nearestName } from "../../base/nearest-name.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { docPages, slug, type DocPage, type DocSection } from "../documentation.ts";
import { explainCode, listCodes } from "./explain-code.ts";

export interface ReadDocsInput {
  /** "WG1001", "authoring", "authoring#handles", "handles", or words of a heading. */
  readonly topic: string;
  /** Of a long section; from 1. */
  readonly part?: number;
}

export interface TopicEntry {
  readonly topic: string;
  readonly title: string;
}

export interface ReadDocsOutput extends TopicEntry {
  /** Of a code. */
  readonly code?: string;
  /** From the package's root. */
  readonly path: string;
  /** Markdown. */
  readonly text: string;
  /** Of a page that is shown by its headings: what to ask for. */
  readonly sections?: readonly TopicEntry[];
  /** Of a section in parts. */
  readonly part?: number;
  readonly parts?: number;
}

/** R1. Fits the answer of a tool, which has 8 KB. */
const PART_LENGTH = 6_000;
const MAX_NAMED = 12;

/** The pages there are. */
export async function listTopics(): Promise<readonly TopicEntry[]> {
  return (await docPages()).map(({ name, title }) => ({ topic: name, title }));
}

/** @throws WorkgraphError WG5046 for what is no topic, WG5126 for words that several headings have, WG5050 for a part that there is not */
export async function readDocs({ topic, part }: ReadDocsInput): Promise<ReadDocsOutput> {
  const asked = topic.trim();
  if (/^(WG)?\d{4}$/i.test(asked)) {
    const section = await explainCode(asked);
    return { topic: section.code, path: "docs/errors.md", ...section };
  }
  const pages = await docPages();
  const [pageName = "", heading] = asked.replace(/^docs\//i, "").split(/[#/.]/, 2);
  const page = pages.find(({ name }) => name === slug(pageName));
  if (page && (heading === undefined || heading === "md" || heading === "")) return wholePage(page);
  const section = page
    ? headingIn([page], heading ?? "", asked)
    : headingIn(pages, heading === undefined ? asked : heading, asked);
  return partOf(section, pages, part);
}

async function wholePage(page: DocPage): Promise<ReadDocsOutput> {
  const { name: topic, title, path, text } = page;
  if (text.length <= PART_LENGTH) return { topic, title, path, text };
  const level = Math.min(...page.sections.map((section) => section.level));
  const top = page.sections.filter((section) => section.level === level);
  const [first] = top;
  const beginning = first === undefined ? text : text.slice(0, text.indexOf(first.text.trimEnd()));
  const sections =
    topic === "errors"
      ? (await listCodes()).map((one) => ({ topic: one.code, title: one.title }))
      : top.map((one) => ({ topic: one.topic, title: one.title }));
  return { topic, title, path, text: `${beginning.slice(0, PART_LENGTH).trim()}\n`, sections };
}

/** R2. */
function headingIn(pages: readonly DocPage[], heading: string, asked: string): DocSection {
  const all = pages.flatMap(({ sections }) => sections);
  const wanted = slug(heading);
  const exact = all.filter(({ topic }) => topic.endsWith(`#${wanted}`));
  const words = wanted.split("-").filter((word) => word !== "");
  const found =
    exact.length > 0 || words.length === 0
      ? exact
      : all.filter(({ topic }) => words.every((word) => topic.slice(topic.indexOf("#")).includes(word)));
  const [only, ...others] = found;
  if (only === undefined) throw unknownTopic(asked, pages);
  if (others.length === 0) return only;
  const shown = found.slice(0, MAX_NAMED).map(({ topic, title }) => `  ${topic}  ${title}`);
  const more = found.length > shown.length ? `\n  ... of ${found.length}` : "";
  throw new WorkgraphError("WG5126", `several headings have "${asked}":\n${shown.join("\n")}${more}`, {
    hint: `Write one of them: "${commandLine(`docs ${only.topic}`)}".`,
    details: { topics: found.map(({ topic }) => topic) },
  });
}

function partOf(section: DocSection, pages: readonly DocPage[], asked = 1): ReadDocsOutput {
  const { topic, title } = section;
  const page = pages.find(({ sections }) => sections.includes(section))!;
  const parts = cut(section.text);
  const text = parts[asked - 1];
  if (text === undefined) {
    throw new WorkgraphError("WG5050", `"${topic}" has ${parts.length} parts, and no part ${asked}`, {
      hint: `Write --part 1 to ${parts.length}.`,
    });
  }
  return { topic, title, path: page.path, text, ...(parts.length > 1 ? { part: asked, parts: parts.length } : {}) };
}

/** Between paragraphs where that is possible, else between lines. */
function cut(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > PART_LENGTH) {
    const head = rest.slice(0, PART_LENGTH);
    const [paragraph, line] = [head.lastIndexOf("\n\n"), head.lastIndexOf("\n")];
    const at = paragraph > PART_LENGTH / 3 ? paragraph : line > 0 ? line : PART_LENGTH;
    parts.push(`${rest.slice(0, at).trimEnd()}\n`);
    rest = rest.slice(at).replace(/^\n+/, "");
  }
  return [...parts, rest];
}

function unknownTopic(asked: string, pages: readonly DocPage[]): WorkgraphError {
  const topics = [
    ...pages.map(({ name }) => name),
    ...pages.flatMap(({ sections }) => sections.flatMap(({ topic }) => [topic, topic.slice(topic.indexOf("#") + 1)])),
  ];
  const near = nearestName(asked, topics);
  return new WorkgraphError("WG5046", `the documentation has no page, heading or code "${asked}"`, {
    hint: near === undefined ? `"${commandLine("docs")}" lists the pages.` : `Did you mean "${near}"?`,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}
