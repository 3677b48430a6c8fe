import type { ReactElement, ReactNode } from "react";

export function Part(props: {
  readonly title: string;
  readonly said?: string | undefined;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <section className="part">
      <h3>
        {props.title}
        {props.said !== undefined && <span className="faint"> ← {props.said}</span>}
      </h3>
      {props.children}
    </section>
  );
}

export function Pair({ name, value }: { readonly name: string; readonly value: string }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
