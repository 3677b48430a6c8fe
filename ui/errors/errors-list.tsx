import { useMemo, type ReactElement } from "react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client.ts";
import type { Page, RunError } from "../api/answers.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";

const COLUMNS: readonly Column<RunError>[] = [
  { name: "code", width: "66px", cell: (error) => <code style={{ color: "var(--s-failed)" }}>{error.code}</code> },
  { name: "node", width: "minmax(60px, 130px)", cell: (error) => <code>{error.node}</code> },
  { name: "try", width: "34px", isNumber: true, cell: (error) => error.attempt },
  {
    name: "what",
    width: "minmax(140px, 1fr)",
    cell: (error) => `${error.final ? "" : "(tried again) "}${error.message}`,
  },
  {
    name: "where",
    width: "minmax(80px, 150px)",
    atLeast: 470,
    cell: (error) =>
      error.site && (
        <code className="soft">
          {error.site.file.slice(error.site.file.lastIndexOf("/") + 1)}:{error.site.line}
        </code>
      ),
  },
];

export function ErrorsList({ runId, revision }: PaneProps): ReactElement {
  const { call, item, choose } = useSelection();
  const place = call === undefined ? runId : `${runId}.${call}`;
  const errors = useQuery({
    queryKey: ["errors", place, revision],
    queryFn: ({ signal }) =>
      get<Page & { readonly errors: readonly RunError[] }>(
        `/api/runs/${place}/errors`,
        { attempts: "all", limit: 500 },
        signal,
      ),
    placeholderData: (known) => known,
  });
  const rows = useMemo(() => errors.data?.errors ?? [], [errors.data]);
  const chosen = rows.findIndex((row) => row.address !== undefined && row.address === `${runId}.${call}.${item}`);
  if (errors.error) return <Refusal error={errors.error} />;
  return (
    <div className="list">
      <VirtualRows
        label="Errors"
        rows={rows}
        columns={COLUMNS}
        keyOf={(row) => String(row.seq)}
        chosen={chosen}
        onChoose={(row) => {
          const [, at, no] = row.address?.split(".") ?? [];
          if (at !== undefined && no !== undefined) choose({ call: Number(at), item: Number(no), tab: "error" });
        }}
        empty={<Nothing>{errors.isPending ? "Loading" : "No errors here."}</Nothing>}
      />
    </div>
  );
}
