/**
 * A place with a pane in it, and the grip that moves the pane.
 *
 * R1. Dragging the grip onto another pane exchanges the two. Its menu says the same for those who do not drag.
 * R2. `z` shows the pane that was touched last alone, and all of them again.
 */
import { GripVertical } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState, type ReactElement, type ReactNode } from "react";
import { PANES, type PaneName } from "../shell/search.ts";
import { exchange, PANE_TEXT, resetDocks } from "./docks.ts";
import { useSelection } from "./selection.ts";

const DRAGGED = "application/x-workgraph-pane";

export function Dock(props: {
  readonly pane: PaneName;
  readonly onTouch: (pane: PaneName) => void;
  readonly children: ReactNode;
}): ReactElement {
  const { pane, onTouch } = props;
  const [isTarget, setTarget] = useState(false);
  return (
    <div
      className="dock"
      data-target={isTarget}
      onPointerDownCapture={() => onTouch(pane)}
      onFocusCapture={() => onTouch(pane)}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAGGED)) return;
        event.preventDefault();
        setTarget(true);
      }}
      onDragLeave={() => setTarget(false)}
      onDrop={(event) => {
        setTarget(false);
        const from = PANES.find((name) => name === event.dataTransfer.getData(DRAGGED));
        if (from !== undefined && from !== pane) exchange(from, pane);
      }}
    >
      <Grip pane={pane} />
      {props.children}
    </div>
  );
}

function Grip({ pane }: { readonly pane: PaneName }): ReactElement {
  const { only, choose } = useSelection();
  const [isOpen, setOpen] = useState(false);
  return (
    <DropdownMenu.Root open={isOpen} onOpenChange={setOpen}>
      {/* A press may begin a drag: it does not open the menu, the click does. */}
      <span onPointerDownCapture={(event) => event.stopPropagation()}>
        <DropdownMenu.Trigger
          className="grip"
          draggable
          aria-label={`Place of ${PANE_TEXT[pane]}`}
          title="Drag onto another pane to exchange the two; click for more"
          onClick={() => setOpen(true)}
          onDragStart={(event) => {
            event.dataTransfer.setData(DRAGGED, pane);
            event.dataTransfer.effectAllowed = "move";
          }}
        >
          <GripVertical size={12} aria-hidden />
        </DropdownMenu.Trigger>
      </span>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={2}>
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => choose({ only: only === undefined ? pane : undefined })}
          >
            {only === undefined ? "alone" : "all panes"} <kbd>z</kbd>
          </DropdownMenu.Item>
          {PANES.filter((other) => other !== pane).map((other) => (
            <DropdownMenu.Item key={other} className="menu-item" onSelect={() => exchange(pane, other)}>
              exchange with {PANE_TEXT[other]}
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Item className="menu-item" onSelect={resetDocks}>
            all where they were at first
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
