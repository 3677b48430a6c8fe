/** What differs between two runs, in tables: nodes, items by key, input, packages. */
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ItemCounts, ItemStatus } from "../../src/model/status.ts";
import { count, counted, duration, total } from "../shell/format.ts";
import { Nothing } from "../shell/pane.tsx";
import { StatusIcon } from "../shell/status.tsx";
import { addressParts } from "./address-parts.ts";
import type { Diff, ItemChange, NodeFigures } from "./diff.ts";
import { valueText } from "./verdict.tsx";

export function NodeTable({ nodes }: { readonly nodes: readonly NodeFigures[] }): ReactElement {
  return (
    <table className="table">
      <thead>
        <tr>
          <th>node</th>
          <th className="number">calls A</th>
          <th className="number">B</th>
          <th>items A</th>
          <th>B</th>
          <th className="number">differ</th>
          <th className="number">time A</th>
          <th className="number">B</th>
          <th className="number">change</th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ node, calls, items, ms, differing }) => (
          <tr key={node}>
            <td>{node}</td>
            <td className="number">{count(calls.a)}</td>
            <td className="number">{count(calls.b)}</td>
            <td>
              <Counts of={items.a} />
            </td>
            <td>
              <Counts of={items.b} />
            </td>
            <td className="number">{differing === 0 ? <span className="faint">none</span> : count(differing)}</td>
            <td className="number">{duration(ms.a)}</td>
            <td className="number">{duration(ms.b)}</td>
            <td className="number">{changeText(ms.a, ms.b)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function changeText(a: number, b: number): string {
  if (a === b) return "=";
  return `${b > a ? "+" : "−"}${duration(Math.abs(b - a))}`;
}

function Counts({ of }: { readonly of: ItemCounts }): ReactElement {
  if (total(of) === 0) return <span className="faint">none</span>;
  return (
    <span className="statuses">
      {(Object.entries(of) as [ItemStatus, number][]).map(([status, items]) => (
        <span key={status} className="status-count">
          <StatusIcon status={status} /> {count(items)}
        </span>
      ))}
    </span>
  );
}

export function ItemTable({
  items,
  all,
}: {
  readonly items: readonly ItemChange[];
  readonly all: number;
}): ReactElement {
  if (items.length === 0) return <Nothing>Every item that both have came out equal.</Nothing>;
  return (
    <>
      <table className="table compared">
        <thead>
          <tr>
            <th>node</th>
            <th>item</th>
            <th>differs in</th>
            <th>A</th>
            <th>B</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={`${one.a ?? ""} ${one.b ?? ""}`}>
              <td>{one.node}</td>
              <td>
                <code className="soft">{one.path}</code>
              </td>
              <td>
                {one.change}
                {one.isSameInput === true && <span className="warned"> for the same input</span>}
              </td>
              <Cell address={one.a} text={one.before} />
              <Cell address={one.b} text={one.now} />
            </tr>
          ))}
        </tbody>
      </table>
      {all > items.length && (
        <p className="soft">
          {counted(items.length, "item")} of {count(all)} that differ.
        </p>
      )}
    </>
  );
}

function Cell({
  address,
  text,
}: {
  readonly address: string | undefined;
  readonly text: string | undefined;
}): ReactElement {
  if (address === undefined) return <td className="faint">is not there</td>;
  const { runId, search } = addressParts(address);
  return (
    <td title={text}>
      <Link to="/runs/$runId" params={{ runId }} search={search}>
        <code>{text ?? "open"}</code>
      </Link>
    </td>
  );
}

export function InputTable({ input }: { readonly input: NonNullable<Diff["input"]> }): ReactElement {
  if (input.total === 0) return <p className="soft">The same input.</p>;
  return (
    <table className="table compared">
      <thead>
        <tr>
          <th>input</th>
          <th>A</th>
          <th>B</th>
        </tr>
      </thead>
      <tbody>
        {input.changes.map(({ path, before, now }) => (
          <tr key={path}>
            <td>
              <code>{path}</code>
            </td>
            <td>
              <code>{valueText(before)}</code>
            </td>
            <td>
              <code>{valueText(now)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
