/** Where two runs part first, and what made them: the answer of the page, before its tables. */
import { Link } from "@tanstack/react-router";
import { Check, Split } from "lucide-react";
import type { ReactElement } from "react";
import { counted } from "../shell/format.ts";
import { addressParts } from "./address-parts.ts";
import { Hunks } from "./hunks.tsx";
import type { Cause, Diff, First } from "./diff.ts";

export function Verdict({ diff }: { readonly diff: Diff }): ReactElement {
  const { first, isSame } = diff;
  if (isSame || first === undefined) {
    const versions = diff.a.kind === "version" || diff.b.kind === "version";
    return (
      <section className="section verdict" aria-label="Verdict">
        <h2>
          {isSame ? (
            <Check size={16} color="var(--s-completed)" aria-hidden />
          ) : (
            <Split size={16} color="var(--s-retrying)" aria-hidden />
          )}
          {isSame
            ? versions
              ? "The same code"
              : "Nothing differs that is recorded but time"
            : versions
              ? "The code differs"
              : "They differ"}
        </h2>
      </section>
    );
  }
  return (
    <section className="section verdict" aria-label="Verdict">
      <h2>
        <Split size={16} color="var(--s-retrying)" aria-hidden />
        They part first at {whereText(first)}
      </h2>
      <p>
        <strong>Because of {causeName(first.cause)}</strong>
        <CauseText cause={first.cause} />
      </p>
      <div className="two">
        <Shown side="A" address={first.a} text={first.before} />
        <Shown side="B" address={first.b} text={first.now} />
      </div>
      <Hunks hunks={first.cause.hunks ?? []} />
    </section>
  );
}

function whereText({ what, node, param }: First): string {
  const name = node === undefined ? "the workflow" : `"${node}"`;
  switch (what) {
    case "arguments":
      return `${name}, which was given another ${param === undefined ? "input" : `"${param}"`}`;
    case "result":
      return `${name}, which gave another result`;
    case "only in a":
      return `${name}, which only A called`;
    case "only in b":
      return `${name}, which only B called`;
    case "winner":
      return `${name}, a race that another one won`;
    case "output":
      return "what the workflow returned";
    case "none":
      return "the beginning, though everything recorded came out equal";
  }
}

function causeName(cause: Cause): string {
  const of = cause.node === undefined ? "" : ` of "${cause.node}"`;
  switch (cause.kind) {
    case "code":
      return `the code${cause.node === undefined ? " of the workflow function" : of}`;
    case "input":
      return "the input";
    case "outside answer":
      return "an answer from outside";
    case "clock or chance":
      return "clock or chance";
    case "by hand":
      return "a result given by hand";
    default:
      return cause.kind === "unknown" ? "something that is not recorded" : cause.kind;
  }
}

function CauseText({ cause }: { readonly cause: Cause }): ReactElement {
  return (
    <>
      {cause.because === undefined ? "" : `: ${cause.because}`}
      {(cause.changes ?? []).slice(0, 3).map(({ path, before, now }) => (
        <span key={path}>
          {" "}
          · <code>{path}</code> {valueText(before)} → {valueText(now)}
        </span>
      ))}
      {(cause.places ?? []).slice(0, 3).map(({ file, line }) => (
        <code key={`${file}:${line}`} className="faint">
          {" "}
          {file}:{line}
        </code>
      ))}
      {cause.isHashedAnew === true ? " (hashed by other rules: the code may be the same)" : ""}
      {(cause.packages ?? []).length > 0 ? ` and ${counted(cause.packages!.length, "package")}` : ""}
    </>
  );
}

export function valueText(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function Shown(props: {
  readonly side: string;
  readonly address: string | undefined;
  readonly text: string | undefined;
}): ReactElement {
  const { side, address, text } = props;
  const at = address === undefined ? undefined : addressParts(address);
  return (
    <div className="shown">
      <span className="soft">
        {side}{" "}
        {at && (
          <Link to="/runs/$runId" params={{ runId: at.runId }} search={at.search}>
            <code>{address!.slice(at.runId.length)}</code>
          </Link>
        )}
      </span>
      <code>{text ?? (at === undefined ? "is not there" : "")}</code>
    </div>
  );
}
