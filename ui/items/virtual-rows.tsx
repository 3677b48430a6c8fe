/**
 * Rows of any number, of which those in sight are drawn.
 *
 * R1. `j k`, arrows and Page keys move the choice; it is always in sight. Enter opens.
 * R2. More is asked for before the end is reached.
 * R3. The end is followed only while it is in sight: scrolling up stops it, scrolling back to the end goes on.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  type RefObject,
} from "react";
import { useKeys } from "../shell/keys.ts";
import { useSettings } from "../shell/settings.ts";

export interface Column<Row> {
  readonly name: string;
  /** CSS grid track. */
  readonly width: string;
  readonly isNumber?: boolean;
  /** Left out of a list that is narrower, in px. */
  readonly atLeast?: number;
  readonly cell: (row: Row) => ReactNode;
}

/** Width of a box in px, once it is known. */
function useWidth(box: RefObject<HTMLElement | null>): number | undefined {
  const [width, setWidth] = useState<number | undefined>();
  useLayoutEffect(() => {
    const element = box.current!;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

export function VirtualRows<Row>(props: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly chosen: number;
  readonly onChoose: (row: Row, index: number) => void;
  readonly onOpen?: (row: Row) => void;
  readonly more?: () => void;
  readonly empty: ReactNode;
  /** Keep the end in sight while rows come. */
  readonly follow?: boolean;
}): ReactElement {
  const { rows, chosen, onChoose, onOpen, more } = props;
  const box = useRef<HTMLDivElement>(null);
  const room = useWidth(box);
  const columns = props.columns.filter(({ atLeast = 0 }) => room === undefined || room >= atLeast);
  /** R3. */
  const atEnd = useRef(true);
  const { density } = useSettings();
  const height = density === "compact" ? 22 : 26;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 12,
  });
  const inSight = virtual.getVirtualItems();
  const last = inSight.at(-1)?.index ?? 0;

  useEffect(() => virtual.measure(), [height, virtual]);
  useEffect(() => {
    if (more && rows.length > 0 && last > rows.length - 40) more();
  }, [last, rows.length, more]);
  useEffect(() => {
    if (chosen >= 0) virtual.scrollToIndex(chosen, { align: "auto" });
  }, [chosen, virtual]);
  useEffect(() => {
    if (props.follow === true && atEnd.current && rows.length > 0)
      virtual.scrollToIndex(rows.length - 1, { align: "end" });
  }, [props.follow, rows.length, virtual]);

  const step = (by: number): void => {
    const to = Math.max(0, Math.min(rows.length - 1, chosen < 0 ? 0 : chosen + by));
    const row = rows[to];
    if (row !== undefined) onChoose(row, to);
  };
  useKeys([
    { keys: "j", says: "next row", group: "Lists", run: () => step(1) },
    { keys: "k", says: "row before", group: "Lists", run: () => step(-1) },
    ...(onOpen
      ? [
          {
            keys: "Enter",
            says: "open",
            group: "Lists",
            run: () => chosen >= 0 && rows[chosen] !== undefined && onOpen(rows[chosen]),
          },
        ]
      : []),
  ]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    step(by);
  };

  const tracks = columns.map(({ width }) => width).join(" ");
  return (
    <div className="rows" role="grid" aria-label={props.label} aria-rowcount={rows.length}>
      <div className="rows-head" role="row" style={{ gridTemplateColumns: tracks }}>
        {columns.map(({ name, isNumber }) => (
          <span key={name} role="columnheader" className={isNumber ? "number" : ""}>
            {name}
          </span>
        ))}
      </div>
      <div
        className="rows-body"
        ref={box}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          atEnd.current = scrollTop + clientHeight >= scrollHeight - 2 * height;
        }}
        role="rowgroup"
      >
        {rows.length === 0 ? (
          <div role="row">
            <div role="gridcell">{props.empty}</div>
          </div>
        ) : (
          <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
            {inSight.map(({ index, start }) => {
              const row = rows[index]!;
              return (
                <div
                  key={props.keyOf(row)}
                  role="row"
                  aria-selected={index === chosen}
                  aria-rowindex={index + 1}
                  className="row"
                  style={{ transform: `translateY(${start}px)`, height, gridTemplateColumns: tracks }}
                  onClick={() => onChoose(row, index)}
                  onDoubleClick={() => onOpen?.(row)}
                >
                  {columns.map(({ name, isNumber, cell }) => (
                    <span key={name} role="gridcell" className={isNumber ? "number cut" : "cut"}>
                      {cell(row)}
                    </span>
                  ))}
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}
