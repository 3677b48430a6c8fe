/** Why an item ran, or where its result was taken from. */
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactElement } from "react";
import { useWhy, type Why } from "../api/run-parts.ts";
import type { CodeHunk } from "../compare/diff.ts";
import { Hunks } from "../compare/hunks.tsx";
import { shortHash } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

/** One parameter: what it was given, before and now. */
interface Change {
  readonly param: string;
  readonly before?: string;
  readonly now?: string;
  readonly from?: string;
  readonly node?: string;
  /** Of a gathered set: elements that differ, the first few of `total`. */
  readonly gathered?: { readonly elements: readonly ElementChange[]; readonly total: number };
}

interface ElementChange {
  readonly address: string;
  readonly path: string;
  readonly index?: number;
  readonly before?: string;
  readonly now?: string;
}

type Reason = Why["reasons"][number];

export function WhyPart(props: { readonly address: string; readonly revision: string }): ReactElement {
  const why = useWhy(props.address, props.revision);
  if (why.error) return <Refusal error={why.error} />;
  if (!why.data) return <Nothing>Loading</Nothing>;
  const { comparedWith, reasons } = why.data;
  return (
    <div className="edges">
      <ul>
        {reasons.map((reason, i) => (
          <li key={i}>
            <strong>{textOf(reason)}</strong>
            <Details reason={reason} />
          </li>
        ))}
      </ul>
      {comparedWith !== undefined && (
        <p className="faint">
          compared with <Place address={comparedWith} />
        </p>
      )}
    </div>
  );
}

function textOf(reason: Reason): string {
  switch (reason.kind) {
    case "reused":
      return "Nothing ran: its result had been recorded.";
    case "set":
      return "Nothing ran: somebody gave the value.";
    case "code":
      return "It ran because its code has changed.";
    case "input":
      return "It ran because what it is given has changed.";
    case "never reused":
      return "It ran because it is never reused.";
    case "model":
      return "It ran because the language model that it asks is another.";
    case "failed before":
      return "It ran because it had failed before.";
    case "named":
      return "It ran because it was named.";
    case "new":
      return "It ran because the run before has nothing that stands for it.";
    case "first run":
      return "It ran because this is the first run: there was nothing to take over.";
    case "not asked":
      return "Everything was the same, and nobody had asked for reuse.";
    case "taken":
      return "Everything was the same; its recorded result was taken by another item.";
    default:
      return reason.kind;
  }
}

function Elements({ elements, total }: NonNullable<Change["gathered"]>): ReactElement {
  return (
    <ul className="plain">
      {elements.map(({ address, path, index, before, now }) => (
        <li key={`${address} ${index ?? ""}`}>
          <code>{index === undefined ? path : `${path}[${index}]`}</code> <Place address={address} />:{" "}
          <code>{before ?? "not there"}</code> → <code>{now ?? "not there"}</code>
        </li>
      ))}
      {total > elements.length && <li>and {total - elements.length} more</li>}
    </ul>
  );
}

function Details({ reason }: { readonly reason: Reason }): ReactElement | null {
  const list = (name: string): readonly string[] => {
    const value = reason[name];
    return Array.isArray(value) ? value.map((one) => (typeof one === "string" ? one : JSON.stringify(one))) : [];
  };
  if (reason.kind === "reused") {
    return (
      <ol className="plain">
        {list("from").map((address) => (
          <li key={address}>
            from <Place address={address} />
          </li>
        ))}
      </ol>
    );
  }
  if (reason.kind === "code") {
    return (
      <>
        <p className="soft">
          code <code>{shortHash(String(reason["before"]))}</code> → <code>{shortHash(String(reason["now"]))}</code>
        </p>
        <Hunks hunks={(reason["hunks"] ?? []) as readonly CodeHunk[]} />
      </>
    );
  }
  if (reason.kind === "input") {
    return (
      <dl className="pairs">
        {((reason["changes"] ?? []) as readonly Change[]).map(({ param, before, now, from, node, gathered }) => (
          <Fragment key={param}>
            <dt>{param}</dt>
            <dd>
              {gathered === undefined ? (
                <>
                  <code>{before ?? "nothing told"}</code> → <code>{now ?? "nothing told"}</code>
                </>
              ) : (
                <Elements {...gathered} />
              )}
              {from !== undefined && (
                <>
                  , of {node} <Place address={from} />
                </>
              )}
            </dd>
          </Fragment>
        ))}
      </dl>
    );
  }
  const rest = Object.entries(reason).filter(([name]) => name !== "kind");
  if (rest.length === 0) return null;
  return (
    <pre>
      {rest
        .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value, null, 1)}`)
        .join("\n")}
    </pre>
  );
}

/** An address as a link to what it names. */
function Place({ address }: { readonly address: string }): ReactElement {
  const [runId = "", call, item] = address.split(".");
  return (
    <Link
      to="/runs/$runId"
      params={{ runId }}
      search={call === undefined ? {} : { call: Number(call), ...(item === undefined ? {} : { item: Number(item) }) }}
    >
      <code>{address}</code>
    </Link>
  );
}
