/**
 * A prompt becomes a concept packet: its words, what they are, and the look that follows from them.
 *
 *   npx workgraph run examples/thalis/dataset-prep/concept-intake-to-packet.ts --prompt-text "Burning forests of moss"
 */
import { node, workflow } from "agentic-workgraph";

import { Concept, normalized, slugOf, wordsOf, type ConceptWords } from "../concept.ts";
import type { HandOff } from "../hand-off.ts";
import { toPng } from "../pictures/image-file.ts";
import { fromHex, lookOf, type Look } from "../pictures/look.ts";
import { blank, sheet } from "../pictures/picture.ts";

export const CONCEPT_PACKET: HandOff<Concept> = {
  file: "concept.json",
  schema: Concept,
  from: "concept-intake-to-packet",
};

const normalizePrompt = node({ id: "normalize_prompt" }, ({ promptText }: { promptText: string }) =>
  normalized(promptText),
);

const readWords = node({ id: "read_words" }, async ({ text }: { text: string }) => wordsOf(text));

const designLook = node({ id: "design_look" }, ({ words }: { words: ConceptWords }): Look => lookOf(words.words));

const writeConceptPacket = node(
  { id: "write_concept_packet" },
  async ({ text, words, look }: { text: string; words: ConceptWords; look: Look }, ctx) => {
    const packet = await ctx.artifact("concept-packet", {
      kind: "concept-packet",
      next: ({ selector }) => ({ "concept-to-seed-set": { selector } }),
    });
    await packet.writeJson("concept.json", { slug: slugOf(text), promptText: text, ...words, look });
    const colours = [...look.colours, look.accent].map((colour) => blank(64, 64, fromHex(colour)));
    await packet.write("look.png", toPng(sheet(colours, colours.length)));
    return packet;
  },
);

export const conceptIntakeToPacket = workflow(
  { name: "concept-intake-to-packet" },
  ({ promptText }: { promptText: string }) => {
    const text = normalizePrompt({ promptText });
    const words = readWords({ text });
    return writeConceptPacket({ text, words, look: designLook({ words }) });
  },
);
