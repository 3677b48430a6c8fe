/** `workgraph docs`: the section of docs/errors.md that a code has. */
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

export { sectionsOf } from "../../app/operations/explain-code.ts";

export const docs: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("[code]", "an error code, e.g. WG1001; without one all codes are listed")
      .addHelpText("after", examples("workgraph docs WG1001", "workgraph docs"))
      .action(async (code: string | undefined, options: CommonOptions) => {
        const { explainCode, listCodes } = await import("../../app/operations/explain-code.ts");
        if (code === undefined) {
          const sections = await listCodes();
          const codes = sections.map(({ code: known, title }) => ({ code: known, title }));
          session.answer(options, { codes }, () => sections.map(({ heading }) => `${heading}\n`).join(""));
          return;
        }
        const section = await explainCode(code);
        session.answer(options, section, () => section.text);
      });
  },
};
