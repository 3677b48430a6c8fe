/** A status, always by icon, word and colour together. */
import {
  Ban,
  Check,
  CircleDashed,
  CircleDot,
  CirclePause,
  CircleSlash,
  CornerDownRight,
  Hourglass,
  Loader,
  Recycle,
  RotateCw,
  Shuffle,
  TriangleAlert,
  Unplug,
  X,
  type LucideIcon,
} from "lucide-react";
import type { ReactElement } from "react";
import type { CallStatus, ItemStatus, RunStatus } from "../../src/model/status.ts";

type AnyStatus = RunStatus | CallStatus | ItemStatus;

const LOOKS: Readonly<Record<AnyStatus, { readonly icon: LucideIcon; readonly color: string; readonly text: string }>> =
  {
    waiting: { icon: CircleDashed, color: "waiting", text: "waiting" },
    queued: { icon: Hourglass, color: "waiting", text: "queued" },
    running: { icon: Loader, color: "running", text: "running" },
    retrying: { icon: RotateCw, color: "retrying", text: "retrying" },
    completed: { icon: Check, color: "completed", text: "completed" },
    completed_partial: { icon: CircleDot, color: "partial", text: "partial" },
    partial: { icon: CircleDot, color: "partial", text: "partial" },
    reused: { icon: Recycle, color: "reused", text: "reused" },
    failed: { icon: X, color: "failed", text: "failed" },
    skipped: { icon: CornerDownRight, color: "skipped", text: "skipped" },
    cancelled: { icon: Ban, color: "cancelled", text: "cancelled" },
    abandoned: { icon: TriangleAlert, color: "failed", text: "abandoned" },
    empty: { icon: CircleSlash, color: "waiting", text: "empty" },
    superseded: { icon: CircleSlash, color: "skipped", text: "superseded" },
    interrupted: { icon: Unplug, color: "retrying", text: "interrupted" },
    diverged: { icon: Shuffle, color: "failed", text: "diverged" },
    paused: { icon: CirclePause, color: "retrying", text: "paused" },
  };

export function statusColor(status: AnyStatus): string {
  return `var(--s-${LOOKS[status].color})`;
}

export function StatusIcon({
  status,
  size = 13,
}: {
  readonly status: AnyStatus;
  readonly size?: number;
}): ReactElement {
  const { icon: Icon, text } = LOOKS[status];
  return (
    <Icon
      size={size}
      color={statusColor(status)}
      aria-label={text}
      role="img"
      strokeWidth={2.4}
      style={{ flex: "none" }}
    />
  );
}

export function Status({ status }: { readonly status: AnyStatus }): ReactElement {
  const { icon: Icon, text } = LOOKS[status];
  return (
    <span className="status" style={{ color: statusColor(status) }}>
      <Icon size={13} aria-hidden strokeWidth={2.4} style={{ flex: "none" }} />
      <span>{text}</span>
    </span>
  );
}
