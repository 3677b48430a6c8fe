/** Pieces of code that changed, one after the other: what was there, then what is. */
import type { ReactElement } from "react";
import type { CodeHunk } from "./diff.ts";
import "./compare.css";

export function Hunks({ hunks }: { readonly hunks: readonly CodeHunk[] }): ReactElement {
  return (
    <>
      {hunks.map((hunk) => (
        <pre key={`${hunk.file}:${hunk.line}`} className="hunk code" tabIndex={0}>
          <span className="faint">{`${hunk.file}:${hunk.line}  ${hunk.name}\n`}</span>
          {hunk.before.map((line, index) => (
            <span key={`-${index}`} className="removed">{`- ${line}\n`}</span>
          ))}
          {hunk.after.map((line, index) => (
            <span key={`+${index}`} className="added">{`+ ${line}\n`}</span>
          ))}
        </pre>
      ))}
    </>
  );
}
