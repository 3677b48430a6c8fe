/**
 * A validated model becomes a library of prompts: the concept in several framings and lights.
 *
 *   npx workgraph run examples/thalis/release/prompt-library.ts --from-artifact training-testing/training-testing
 */
import { node, workflow, type ArtifactRef } from "agentic-workgraph";

import type { Concept } from "../concept.ts";
import { receive, type Selector } from "../hand-off.ts";
import { numberOf } from "../pictures/chance.ts";
import { VALIDATED_MODEL } from "../training/proofing.ts";
import { Framing, Light, type Prompt } from "./release.ts";

const openModel = node({ id: "open_model" }, async ({ selector }: { selector: Selector }, ctx) => {
  const { content } = await receive(ctx, selector, VALIDATED_MODEL);
  return content.concept;
});

const composePrompts = node(
  { id: "compose_prompts", out: "many", key: (prompt: Prompt) => prompt.key },
  ({ concept, prompts, seed }: { concept: Concept; prompts: number; seed: number }): Prompt[] =>
    Array.from({ length: prompts }, (_, index) => {
      const framing = Framing.options[index % Framing.options.length] ?? "square";
      const light =
        Light.options[numberOf("light", concept.promptText, seed, index) % Light.options.length] ?? "at noon";
      const subject = concept.things[index % Math.max(1, concept.things.length)] ?? concept.words[0];
      return {
        key: `${String(index + 1).padStart(2, "0")}-${framing}`,
        text: `${concept.promptText}, the ${subject} ${light}, ${framing} view`,
        framing,
        light,
        number: numberOf("render", concept.promptText, seed, index),
      };
    }),
);

const writePromptLibrary = node(
  { id: "write_prompt_library", gather: ["prompts"] },
  async ({ concept, prompts, model }: { concept: Concept; prompts: Prompt[]; model: Selector }, ctx) => {
    const { ref } = await ctx.openArtifact(model);
    const folder = await ctx.artifact("prompt-library", {
      kind: "prompt-library",
      next: ({ selector }) => ({ "render-batching": { selector, model: ref.selector } }),
    });
    await folder.writeJson("prompts.json", { concept, prompts });
    return folder;
  },
);

export const promptLibrary = workflow(
  { name: "prompt-library" },
  ({ selector, prompts = 9, seed = 1 }: { selector: string | ArtifactRef; prompts?: number; seed?: number }) => {
    const concept = openModel({ selector });
    return writePromptLibrary({ concept, prompts: composePrompts({ concept, prompts, seed }), model: selector });
  },
);
