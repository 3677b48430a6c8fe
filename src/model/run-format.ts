/** Formats in which a run is given out as a file. */

/** "chrome": Perfetto. "speedscope": speedscope.app. "otlp": OTLP in JSON. "ndjson": one span per line. */
export const PROFILE_FORMATS = ["chrome", "speedscope", "otlp", "ndjson"] as const;
export type ProfileFormat = (typeof PROFILE_FORMATS)[number];

/** "workgraph": all that was recorded, to be imported elsewhere. "html": one page that opens without a server. */
export type RunFormat = "workgraph" | "html" | ProfileFormat;
export const RUN_FORMATS: readonly RunFormat[] = ["workgraph", "html", ...PROFILE_FORMATS];

/** What the name of such a file ends with. */
export const FORMAT_ENDINGS: Readonly<Record<RunFormat, string>> = {
  workgraph: "workgraph.gz",
  html: "html",
  chrome: "trace.json",
  speedscope: "speedscope.json",
  otlp: "otlp.json",
  ndjson: "spans.ndjson",
};
