import { expect, test } from "vitest";
import { sectionsOf } from "./explain-code.ts";

const PAGE = `# Errors

## Shape

### WG1001: lists that do not align

Two lists.

#### Example

More.

### \`WG1002\` unknown parameter
Text.
## Failure
Other.
`;

test("a section goes from its heading to the next of its level or above", () => {
  expect(sectionsOf(PAGE)).toEqual([
    {
      code: "WG1001",
      title: "lists that do not align",
      heading: "WG1001 lists that do not align",
      text: "### WG1001: lists that do not align\n\nTwo lists.\n\n#### Example\n\nMore.\n",
    },
    {
      code: "WG1002",
      title: "unknown parameter",
      heading: "WG1002 unknown parameter",
      text: "### `WG1002` unknown parameter\nText.\n",
    },
  ]);
});
