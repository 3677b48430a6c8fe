/** A pane of the debugger: a head that names it, and a body that scrolls by itself. */
import type { ReactElement, ReactNode } from "react";

export function Pane(props: {
  readonly title: ReactNode;
  readonly said?: ReactNode;
  readonly tools?: ReactNode;
  readonly label: string;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <section className="pane" aria-label={props.label}>
      <header className="pane-head">
        <h2>{props.title}</h2>
        {props.said !== undefined && <span className="soft cut">{props.said}</span>}
        <span className="grow" />
        {props.tools}
      </header>
      <div className="pane-body">{props.children}</div>
    </section>
  );
}

export function Nothing({ children }: { readonly children: ReactNode }): ReactElement {
  return <div className="nothing">{children}</div>;
}

export function Refusal({
  error,
}: {
  readonly error: Error & { readonly code?: string; readonly hint?: string | undefined };
}): ReactElement {
  return (
    <div className="refusal" role="alert">
      <strong>{error.message}</strong>
      {error.hint !== undefined && <p>{error.hint}</p>}
      {error.code !== undefined && <code className="faint">{error.code}</code>}
    </div>
  );
}
