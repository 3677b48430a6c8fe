import { expect, test } from "vitest";
import { readTable } from "../../ui/artifacts/read-table.ts";

test("cells are read with quotes, separators and line breaks inside of them", () => {
  const text = 'name,value\r\n"a, ""b""","two\nlines"\nlast,1';
  expect(readTable(text, ",", 10)).toEqual({
    rows: [
      ["name", "value"],
      ['a, "b"', "two\nlines"],
      ["last", "1"],
    ],
    more: false,
  });
});

test("no more rows are read than are shown, and that there are more is said", () => {
  expect(readTable("1\n2\n3\n", ",", 2)).toEqual({ rows: [["1"], ["2"]], more: true });
  expect(readTable("1\n2\n", ",", 2)).toEqual({ rows: [["1"], ["2"]], more: false });
});

test("a quote that is not closed runs to the end", () => {
  expect(readTable('a,"b\nc', ",", 5).rows).toEqual([["a", "b\nc"]]);
});
