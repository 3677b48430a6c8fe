/** A value as JSON in an editor that draws only what is in sight: trees of components die at a few thousand objects. */
import { json } from "@codemirror/lang-json";
import { codeFolding, foldGutter, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useMemo, useRef, type ReactElement } from "react";

const colors = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--code-name)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
]);

export function JsonView({ value }: { readonly value: unknown }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const isText = typeof value === "string";
  const text = useMemo(() => (isText ? value : (JSON.stringify(value, null, 2) ?? "undefined")), [isText, value]);
  useEffect(() => {
    const view = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.contentAttributes.of({ "aria-label": "Value", tabindex: "0" }),
          EditorView.lineWrapping,
          ...(isText ? [] : [json(), codeFolding(), foldGutter()]),
          syntaxHighlighting(colors),
        ],
      }),
    });
    return () => view.destroy();
  }, [text, isText]);
  return <div className="json" ref={box} />;
}
