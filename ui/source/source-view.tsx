/** The editor component, read-only; loaded when a source is first shown. */
import { javascript } from "@codemirror/lang-javascript";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search } from "@codemirror/search";
import { EditorState, RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, gutter, GutterMarker, lineNumbers, type DecorationSet } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, type ReactElement } from "react";
import { count, duration } from "../shell/format.ts";
import type { LineFacts } from "./line-facts.ts";

type Facts = ReadonlyMap<number, LineFacts>;

interface Marks {
  readonly facts: Facts;
  readonly line: number | undefined;
}

const setMarks = StateEffect.define<Marks>();

const marks = StateField.define<Marks>({
  create: () => ({ facts: new Map(), line: undefined }),
  update: (value, transaction) => {
    for (const effect of transaction.effects) if (effect.is(setMarks)) return effect.value;
    return value;
  },
});

const lines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (value, transaction) => {
    const change = transaction.effects.find((effect) => effect.is(setMarks));
    if (!change) return value.map(transaction.changes);
    const { facts, line } = change.value as Marks;
    const builder = new RangeSetBuilder<Decoration>();
    const { doc } = transaction.state;
    const wanted = new Set([...facts.keys(), ...(line === undefined ? [] : [line])]);
    for (const number of [...wanted].toSorted((a, b) => a - b)) {
      if (number < 1 || number > doc.lines) continue;
      const fact = facts.get(number);
      const classes = [
        ...(number === line ? ["line-chosen"] : []),
        ...((fact?.failed ?? 0) + (fact?.thrown ?? 0) > 0 ? ["line-failed"] : []),
        ...((fact?.calls.length ?? 0) > 0 ? ["line-called"] : []),
        ...(fact?.break ? ["line-break"] : []),
      ];
      if (classes.length > 0)
        builder.add(doc.line(number).from, doc.line(number).from, Decoration.line({ class: classes.join(" ") }));
    }
    return builder.finish();
  },
  provide: (field) => EditorView.decorations.from(field),
});

class FactMarker extends GutterMarker {
  readonly #text: string;
  readonly #failed: boolean;
  readonly #title: string;

  constructor(fact: LineFacts) {
    super();
    const broken = fact.failed + fact.thrown;
    this.#failed = broken > 0;
    this.#text = [
      ...(fact.items > 0 ? [`${count(fact.items)}×`] : []),
      ...(fact.busyMs > 0 ? [duration(fact.busyMs)] : []),
      ...(broken > 0 ? [`${count(broken)} err`] : []),
      ...(fact.break ? [`‖ ${fact.break.overlapMs ? `cost ${duration(fact.break.overlapMs)}` : "free"}`] : []),
    ].join(" ");
    this.#title = fact.break
      ? `graph break: waited for ${fact.break.nodes.join(", ")}, ${count(fact.break.passed ?? 0)}×, ${count(fact.break.items ?? 0)} items; ${duration(fact.break.overlapMs ?? 0)} of work could have overlapped`
      : "";
  }

  override eq(other: GutterMarker): boolean {
    return other instanceof FactMarker && other.#text === this.#text && other.#failed === this.#failed;
  }

  override toDOM(): HTMLElement {
    const span = document.createElement("span");
    span.textContent = this.#text;
    span.title = this.#title;
    if (this.#failed) span.className = "failed";
    return span;
  }
}

const factGutter: Extension = gutter({
  class: "fact-gutter",
  lineMarker: (view, block) => {
    const fact = view.state.field(marks).facts.get(view.state.doc.lineAt(block.from).number);
    return fact ? new FactMarker(fact) : null;
  },
  lineMarkerChange: (update) =>
    update.transactions.some(({ effects }) => effects.some((effect) => effect.is(setMarks))),
});

const colors = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword],
    color: "var(--code-keyword)",
  },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment], color: "var(--code-comment)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.typeName, tags.className],
    color: "var(--code-name)",
  },
]);

export function SourceView(props: {
  readonly text: string;
  readonly facts: Facts;
  readonly line: number | undefined;
  /** Where the text is looked at first, when no line is chosen. */
  readonly first: number | undefined;
  readonly onLine: (line: number) => void;
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | undefined>(undefined);
  const onLine = useRef(props.onLine);
  onLine.current = props.onLine;

  useEffect(() => {
    const view = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        doc: props.text,
        extensions: [
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": "Source code", tabindex: "0" }),
          EditorView.editable.of(false),
          factGutter,
          lineNumbers(),
          marks,
          lines,
          javascript({ typescript: true }),
          syntaxHighlighting(colors),
          highlightSelectionMatches(),
          search(),
          EditorView.domEventHandlers({
            dblclick: (event, target) => {
              const at = target.posAtCoords({ x: event.clientX, y: event.clientY });
              if (at !== null) onLine.current(target.state.doc.lineAt(at).number);
            },
          }),
        ],
      }),
    });
    editor.current = view;
    return () => view.destroy();
  }, [props.text]);

  useEffect(() => {
    editor.current?.dispatch({ effects: setMarks.of({ facts: props.facts, line: props.line }) });
  }, [props.text, props.facts, props.line]);

  useEffect(() => {
    const view = editor.current;
    const line = props.line ?? props.first;
    if (!view || line === undefined || line > view.state.doc.lines) return;
    const show = (): void =>
      view.dispatch({ effects: EditorView.scrollIntoView(view.state.doc.line(line).from, { y: "center" }) });
    show();
    // The pane has its height, and lines have theirs, when both have been drawn once.
    let frame = requestAnimationFrame(() => (frame = requestAnimationFrame(show)));
    return () => cancelAnimationFrame(frame);
  }, [props.text, props.line, props.first]);

  return <div className="source" ref={box} />;
}
