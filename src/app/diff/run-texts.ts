/** What a compared run recorded, as people read it: values as plain JSON, paths of items, one-line previews. */
import type { PathsOf } from "../../analysis/diff/align.ts";
import type { ArgumentReader, DivergedPlace, Divergence } from "../../analysis/diff/divergence.ts";
import type { CallRecord, RunRecord } from "../../analysis/diff/run-record.ts";
import type { CallNo, ItemNo } from "../../model/ids.ts";
import type { CallRow, EventStore } from "../../store/store.ts";
import { ItemPlaces } from "../item-paths.ts";
import { plainValue, previewOf, type Json } from "../plain-json.ts";

const PREVIEW_LENGTH = 160;
/** Elements of a list that are looked at. */
const MAX_ELEMENTS = 10_000;
/** Items of one call whose paths are told; those of larger calls are known by their numbers. */
const MAX_PATHS = 50_000;

export class RunTexts implements ArgumentReader {
  readonly #store: EventStore;
  readonly #record: RunRecord;
  #places: Promise<ItemPlaces> | undefined;

  constructor(store: EventStore, record: RunRecord) {
    this.#store = store;
    this.#record = record;
  }

  get #runId(): string {
    return this.#record.row.runId;
  }

  async input(): Promise<Json> {
    const text = await this.#store.eventValue(this.#runId, 1);
    return text === undefined ? {} : plainValue(text);
  }

  async plain(call: CallRecord): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.#store.eventValue(this.#runId, call.seq);
    return text === undefined ? {} : (plainValue(text) as Readonly<Record<string, Json>>);
  }

  async list(list: number): Promise<unknown> {
    const { values } = await this.#store.list(this.#runId, { call: list, item: 0 }, { first: 0, count: MAX_ELEMENTS });
    return values.map(plainValue);
  }

  readonly pathsOf: PathsOf = async (call, items) => {
    if (call.created.space.length === 0) return items.map(() => ".");
    if (items.length > MAX_PATHS) return items.map(String);
    this.#places ??= this.#readPlaces();
    return (await this.#places).paths(call.created.space, items);
  };

  async #readPlaces(): Promise<ItemPlaces> {
    const rows = await this.#store.calls(this.#runId);
    return new ItemPlaces(this.#store, this.#record.row, new Map<CallNo, CallRow>(rows.map((row) => [row.call, row])));
  }

  /** Of an item: its result, or why it has none. */
  async result(call: CallRecord, item: ItemNo): Promise<string | undefined> {
    const record = call.items.get(item);
    if (record === undefined) return undefined;
    if (record.status !== "completed" && record.status !== "reused") {
      return `${record.status}${record.result === undefined ? "" : `: ${record.result.trim()}`}`;
    }
    if (call.created.kind === "filter") return record.result;
    const key = { call: call.call, item };
    if (record.size === undefined) {
      const [text] = await this.#store.values(this.#runId, [key]);
      return text === undefined ? undefined : previewOf(text, PREVIEW_LENGTH);
    }
    const { values } = await this.#store.list(this.#runId, key, { first: 0, count: 20 });
    const shown = values.map((text) => previewOf(text, PREVIEW_LENGTH)).join(",");
    const text = `[${shown}${record.size > values.length ? ",..." : ""}]`;
    return text.length > PREVIEW_LENGTH ? `${text.slice(0, PREVIEW_LENGTH - 3)}...` : text;
  }

  async preview(found: Divergence, place: DivergedPlace | undefined): Promise<string | undefined> {
    if (found.what === "output") return this.#outcome();
    const call = this.#record.calls.find((one) => one.call === place?.call);
    if (call === undefined) return undefined;
    if (found.what === "result" && place?.item !== undefined) return this.result(call, place.item);
    if (found.what === "winner") return call.winner === undefined ? undefined : `entrant ${call.winner}`;
    if (found.what !== "arguments" || found.param === undefined) return undefined;
    const ref = call.created.inputs[found.param];
    const whole =
      ref?.from === "value"
        ? (await this.plain(call))[found.param]
        : ref?.from === "list"
          ? await this.list(ref.list)
          : undefined;
    const value = place?.item !== undefined && Array.isArray(whole) ? (whole[place.item] as unknown) : whole;
    const text = value === undefined ? undefined : JSON.stringify(value);
    return text !== undefined && text.length > PREVIEW_LENGTH ? `${text.slice(0, PREVIEW_LENGTH - 3)}...` : text;
  }

  async #outcome(): Promise<string | undefined> {
    const { row, outcome } = this.#record;
    if (row.status === "failed") return `failed: ${outcome?.trim() ?? ""}`;
    const text = await this.#store.eventValue(this.#runId, row.seq);
    return text === undefined ? undefined : previewOf(text, PREVIEW_LENGTH);
  }
}
