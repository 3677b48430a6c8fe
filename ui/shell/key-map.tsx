import { Dialog } from "radix-ui";
import type { ReactElement } from "react";
import { useKeyMap } from "./keys.ts";

const NAMES: Readonly<Record<string, string>> = { " ": "Space", ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** Every key that does something on this page. */
export function KeyMap({ onClose }: { readonly onClose: () => void }): ReactElement {
  const groups = Map.groupBy(useKeyMap(), ({ group }) => group);
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog keys" aria-describedby={undefined} tabIndex={0}>
          <Dialog.Title>Keys</Dialog.Title>
          <div className="keys-groups">
            {[...groups].map(([group, entries]) => (
              <section key={group}>
                <h3>{group}</h3>
                <dl>
                  {entries.map(({ keys, says }) => (
                    <div key={keys + says}>
                      <dt>
                        {keys.length > 1 && keys.includes(" ") && keys !== " "
                          ? keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)
                          : [<kbd key="one">{NAMES[keys] ?? keys}</kbd>]}
                      </dt>
                      <dd>{says}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
