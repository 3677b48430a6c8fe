/** What an item came from and what it influenced, item by item, down to values, files and child runs. */
import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { isOffline } from "../api/client.ts";
import { useLineage, type LineageEntry } from "../api/run-parts.ts";
import { useSelection } from "../run/selection.ts";
import { count, counted, shortRun } from "../shell/format.ts";
import { Refusal } from "../shell/pane.tsx";
import { StatusIcon } from "../shell/status.tsx";
import type { ItemStatus } from "../../src/model/status.ts";

export function LineagePart(props: { readonly address: string; readonly revision: string }): ReactElement {
  return (
    <div className="edges">
      <Trail {...props} direction="from" title="came from" none="nothing: it was given nothing" />
      <Trail {...props} direction="into" title="influenced" none="nothing so far" />
    </div>
  );
}

function Trail(props: {
  readonly address: string;
  readonly revision: string;
  readonly direction: "from" | "into";
  readonly title: string;
  readonly none: string;
}): ReactElement {
  const lineage = useLineage(props.address, props.direction, props.revision);
  const pages = lineage.data?.pages ?? [];
  const entries = pages.flatMap((page) => page.entries);
  const total = pages[0]?.total ?? entries.length;
  return (
    <section aria-label={props.title}>
      <h3>
        {props.title} {total > 0 && <span className="faint">{count(total)}</span>}
      </h3>
      {lineage.error && <Refusal error={lineage.error} />}
      <ul>
        {entries.length === 0 && <li className="faint">{lineage.isPending ? "Loading" : props.none}</li>}
        {groupsOf(entries).map((group) => (
          <Group key={group[0]!.id} entries={group} />
        ))}
      </ul>
      {lineage.hasNextPage && (
        <button className="button quiet small" onClick={() => void lineage.fetchNextPage()}>
          more of {count(total)}
        </button>
      )}
      {pages.at(-1)?.hint !== undefined && <p className="faint">{pages.at(-1)!.hint}</p>}
    </section>
  );
}

type Group = readonly LineageEntry[];

/** Items of one node that follow each other in the same place: a gathered set is hundreds of them. */
function groupsOf(entries: readonly LineageEntry[]): readonly Group[] {
  const groups: LineageEntry[][] = [];
  for (const entry of entries) {
    const [first] = groups.at(-1) ?? [];
    const isSame =
      first !== undefined &&
      first.kind === entry.kind &&
      first.node === entry.node &&
      first.depth === entry.depth &&
      first.links[0]?.param === entry.links[0]?.param;
    if (isSame) groups.at(-1)!.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

const SHOWN_OF_GROUP = 5;
/** A group is cut short when that hides more than a few. */
const LONG_GROUP = 10;

function Group({ entries }: { readonly entries: Group }): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole || entries.length <= LONG_GROUP ? entries : entries.slice(0, SHOWN_OF_GROUP);
  const [{ depth, node = "" }] = entries as readonly [LineageEntry];
  return (
    <>
      {shown.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
      {shown.length < entries.length && (
        <li style={{ paddingLeft: indent(depth) }}>
          <button className="link" onClick={() => setWhole(true)}>
            and {counted(entries.length - shown.length, "more item")} of <code>{node}</code>
          </button>
        </li>
      )}
    </>
  );
}

function indent(depth: number): number {
  return Math.min(8, depth - 1) * 12;
}

function Entry({ entry }: { readonly entry: LineageEntry }): ReactElement {
  const { choose } = useSelection();
  const [link] = entry.links;
  const how = [
    link?.param,
    link?.index === undefined ? "" : `[${link.index}]`,
    link?.modified ? " (modified)" : "",
  ].join("");
  return (
    <li className="lineage-entry" style={{ paddingLeft: indent(entry.depth) }}>
      {entry.status !== undefined && <StatusIcon status={entry.status as ItemStatus} size={11} />}{" "}
      {entry.kind === "item" || entry.kind === "child" ? (
        <button
          className="link"
          onClick={() => {
            const [, call, item] = entry.id.split(".");
            choose({ call: Number(call), item: Number(item), tab: "lineage" });
          }}
        >
          <code>{`${entry.node ?? ""} ${entry.path ?? ""}`}</code>
        </button>
      ) : entry.kind === "artifact" ? (
        <Folder selector={entry.selector ?? ""} />
      ) : entry.kind === "input" ? (
        <span>the input of the run</span>
      ) : (
        <span>
          a value given to <code>{entry.node ?? entry.id.slice(entry.id.indexOf(".") + 1)}</code>
        </span>
      )}
      {how !== "" && <span className="faint"> as {how}</span>}
      {entry.run !== undefined && (
        <Link to="/runs/$runId" params={{ runId: entry.run }} className="within">
          run {shortRun(entry.run)}
        </Link>
      )}
      {entry.ends !== undefined && (
        <span className="faint">
          {entry.ends === "code" ? " · from the input or the code" : " · ends at a graph break"}
        </span>
      )}
    </li>
  );
}

/** Down to files: the page of a folder shows each of them. A page without a server only has its name. */
function Folder({ selector }: { readonly selector: string }): ReactElement {
  const name = <code>artifact {selector}</code>;
  if (isOffline()) return name;
  return (
    <Link to="/artifacts/show" search={{ selector }}>
      {name}
    </Link>
  );
}
