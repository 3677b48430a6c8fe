import type { ReactElement, ReactNode } from "react";

export function PageHead(props: {
  readonly title: ReactNode;
  readonly said?: ReactNode;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <header className="page-head">
      <h1>{props.title}</h1>
      {props.said !== undefined && <span className="soft cut">{props.said}</span>}
      <span className="grow" />
      {props.children}
    </header>
  );
}
