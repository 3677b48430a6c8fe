/**
 * What you see here: a research question answered from 233 speeches (10.7 million characters) in some thousands of
 * items, with no model key and no network. Every node is written for one thing; the runtime maps, aligns and gathers.
 *
 *   workgraph run examples/research-pipeline/research-pipeline.ts --query "railroads and canals"
 *
 * Worth a look in the run: `score_passage` starts on the first document while the last is still being fetched;
 * `rank_passages` takes a document and gathers that document's own scores; the report survives a few lost documents
 * and says so.
 */
import { FatalError, node, workflow } from "agentic-workgraph";

import { FIRST_YEAR, infoOf, readSpeech, speechesOfYear } from "./corpus.ts";
import type { Speech, SpeechInfo } from "./corpus.ts";
import { loadLanguage } from "./language.ts";
import type { Sentence } from "./language.ts";
import { countTerms, documentScore, passageScore, surveyOf } from "./relevance.ts";
import type { Survey, TermCounts } from "./relevance.ts";
import { composeReport } from "./report.ts";
import type { DocumentSummary, Quotation } from "./report.ts";
import { selectDiverse } from "./selection.ts";

/** The query as terms, read once and handed to every item. */
interface Query {
  readonly text: string;
  readonly terms: readonly string[];
}

/** A sentence and the document it stands in. */
interface Passage extends Sentence {
  readonly document: string;
}

/** Deliberately without the text: thousands of these are recorded, and the document has it. */
interface Score {
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

interface Ranking {
  readonly document: SpeechInfo;
  readonly passages: number;
  readonly matching: number;
  readonly best: readonly (Score & { readonly text: string })[];
}

/** Shorter is a heading or a thanks; longer is read and scored, but too long to quote. */
const SHORTEST_PASSAGE = 30;
const LONGEST_QUOTATION = 500;

/** Sentences of one document that the summary chooses from, and those it keeps. */
const BEST_PER_DOCUMENT = 12;
const QUOTED_PER_DOCUMENT = 3;

const readQuery = node({ id: "read_query" }, async ({ query }: { query: string }): Promise<Query> => {
  const { terms } = await loadLanguage();
  const wanted = [...new Set(terms(query))];
  if (wanted.length === 0) {
    throw new FatalError(`The query "${query}" has only words without meaning of their own. Name a subject.`);
  }
  return { text: query, terms: wanted };
});

/** Streams: counting starts on the first speech while later ones are still being read. */
const listDocuments = node(
  { id: "list_documents", key: (speech: SpeechInfo) => speech.id },
  async function* ({ since, until }: { since: number; until: number }) {
    for (let year = Math.max(since, FIRST_YEAR); year <= until; year += 1) {
      for (const speech of await speechesOfYear(year)) yield infoOf(speech);
    }
  },
);

const countQueryTerms = node(
  { id: "count_terms", concurrency: 4 },
  async ({ document, query }: { document: SpeechInfo; query: Query }): Promise<TermCounts> => {
    const [{ text }, { terms }] = await Promise.all([readSpeech(document.id), loadLanguage()]);
    const found = terms(text);
    return { id: document.id, year: document.year, size: found.length, counts: countTerms(found, query.terms) };
  },
);

const surveyCorpus = node(
  { id: "survey_corpus", gather: ["counts"] },
  async ({ counts, query }: { counts: TermCounts[]; query: Query }): Promise<Survey> => surveyOf(counts, query.terms),
);

/** The ids of the best documents, best first. */
const searchCorpus = node(
  { id: "search_corpus", gather: ["counts"], out: "many", key: (id: string) => id },
  async ({ counts, survey, limit }: { counts: TermCounts[]; survey: Survey; limit: number }) =>
    counts
      .map((document) => ({ id: document.id, score: documentScore(document, survey) }))
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ id }) => id),
);

const fetchDocument = node(
  { id: "fetch_document", concurrency: 4, retries: 2 },
  async ({ id }: { id: string }): Promise<Speech> => readSpeech(id),
);

const splitPassages = node(
  { id: "split_passages", concurrency: 2, out: "many", key: (passage: Passage) => String(passage.start) },
  async ({ document }: { document: Speech }): Promise<Passage[]> => {
    const { sentences } = await loadLanguage();
    return sentences(document.text)
      .filter(({ text }) => text.length >= SHORTEST_PASSAGE)
      .map((sentence) => ({ document: document.id, ...sentence }));
  },
);

const scorePassage = node(
  { id: "score_passage", concurrency: 32 },
  async ({ passage, survey }: { passage: Passage; survey: Survey }): Promise<Score> => {
    const { terms } = await loadLanguage();
    return { start: passage.start, end: passage.end, score: passageScore(terms(passage.text), survey) };
  },
);

/** One document and the scores of its own passages: the gathered set descends from the mapped item. */
const rankPassages = node(
  { id: "rank_passages", gather: ["scores"] },
  async ({ document, scores }: { document: Speech; scores: Score[] }): Promise<Ranking> => {
    const matching = scores.filter(({ score }) => score > 0);
    const best = matching
      .filter(({ start, end }) => end - start <= LONGEST_QUOTATION)
      .toSorted((a, b) => b.score - a.score)
      .slice(0, BEST_PER_DOCUMENT)
      .map((score) => ({ ...score, text: document.text.slice(score.start, score.end) }));
    return { document: infoOf(document), passages: scores.length, matching: matching.length, best };
  },
);

const summarizeDocument = node(
  { id: "summarize_document" },
  async ({ ranking }: { ranking: Ranking }): Promise<DocumentSummary> => {
    const { terms } = await loadLanguage();
    const candidates: Quotation[] = ranking.best.map((passage) => ({ ...passage, terms: terms(passage.text) }));
    return {
      source: ranking.document,
      passages: ranking.passages,
      matching: ranking.matching,
      quotations: selectDiverse(candidates, QUOTED_PER_DOCUMENT),
    };
  },
);

/** A tenth of the documents may be lost; the report then says how many. */
const writeReport = node(
  { id: "write_report", gather: ["summaries"], onFailed: { tolerate: 0.1 } },
  async (parts: { summaries: DocumentSummary[]; survey: Survey; query: string; sentences: number }, ctx) =>
    composeReport({ ...parts, missing: ctx.missing }),
);

export const researchPipeline = workflow(
  {
    name: "research-pipeline",
    title: "Research pipeline",
    description: "Answers a query from the State of the Union addresses, in sentences that were really said.",
  },
  ({
    query = "public schools and education",
    documents = 20,
    sentences = 12,
    since = 1790,
    until = 2030,
  }: {
    query?: string;
    documents?: number;
    sentences?: number;
    since?: number;
    until?: number;
  }) => {
    const question = readQuery({ query });
    const listed = listDocuments({ since, until });
    const counts = countQueryTerms({ document: listed, query: question });
    const survey = surveyCorpus({ counts, query: question });

    const found = searchCorpus({ counts, survey, limit: documents });
    const texts = fetchDocument({ id: found });
    const passages = splitPassages({ document: texts });
    const scores = scorePassage({ passage: passages, survey });
    const rankings = rankPassages({ document: texts, scores });
    const summaries = summarizeDocument({ ranking: rankings });
    return writeReport({ summaries, survey, query, sentences });
  },
);
