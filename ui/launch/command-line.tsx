import { Check, Copy } from "lucide-react";
import { useState, type ReactElement } from "react";

/** A command that can be taken along. */
export function CommandLine({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const [copied, setCopied] = useState("");
  return (
    <div className="command-line">
      <span className="faint">{label}</span>
      <code>{text}</code>
      <button
        type="button"
        className="button quiet"
        aria-label={`Copy: ${label}`}
        onClick={() => {
          void navigator.clipboard.writeText(text);
          setCopied(text);
        }}
      >
        {copied === text ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />}
        {copied === text ? "copied" : "copy"}
      </button>
    </div>
  );
}
