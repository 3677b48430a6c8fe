/** Two texts beside each other, what is equal folded away; loaded when a difference is first shown. */
import { javascript } from "@codemirror/lang-javascript";
import { MergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { syntaxHighlighting } from "@codemirror/language";
import { useEffect, useRef, type ReactElement } from "react";
import { codeColors } from "./code-colors.ts";
import "./versions.css";

function sideOf(label: string): Extension {
  return [
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    lineNumbers(),
    javascript({ typescript: true }),
    syntaxHighlighting(codeColors),
  ];
}

export function TextMerge(props: {
  readonly before: string;
  readonly now: string;
  readonly beforeLabel: string;
  readonly nowLabel: string;
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const { before, now, beforeLabel, nowLabel } = props;
  useEffect(() => {
    const view = new MergeView({
      parent: box.current!,
      a: { doc: before, extensions: sideOf(beforeLabel) },
      b: { doc: now, extensions: sideOf(nowLabel) },
      collapseUnchanged: { margin: 3, minSize: 6 },
      gutter: true,
    });
    return () => view.destroy();
  }, [before, now, beforeLabel, nowLabel]);
  return <div className="merge" ref={box} />;
}
