/** What doctor finds. */

export interface DoctorFinding {
  /** WG5079 to WG5089. */
  readonly code: string;
  /** "damage": something recorded is gone or changed. "leftover": what dead processes left. "note": worth knowing. */
  readonly grade: "damage" | "leftover" | "note";
  readonly what: string;
  /** A run, a file or a folder. */
  readonly where: string;
  readonly hint: string;
  /** What --repair did about it. */
  readonly repaired?: string;
}
