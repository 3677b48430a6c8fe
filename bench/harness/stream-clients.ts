/**
 * Clients that follow one run, in a process of their own: `stream-clients.ts URL COUNT`, then a line "connected", then a Report.
 *
 * R1. Each checks that every event came once and in order, by its id, and comes back behind the last id when it was dropped.
 * R2. The first looks into its events, too: how long after the time that an event carries its bytes were here. Both times are of
 *     the wall clock of one machine; an event's own is taken before its commit, so this is never less than commit to bytes.
 * R3. What was committed before the client was connected is told as history and not counted.
 */
import { get, type IncomingMessage } from "node:http";
import { argv, cpuUsage, stdout } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** What a process of clients says when all of them have seen the end of the run. */
export interface Report {
  /** Events that each client has. */
  readonly events: number;
  readonly megabytes: number;
  readonly drops: number;
  readonly cpuMs: number;
  /** Epoch ms at which the last client had everything. */
  readonly endedAt: number;
  /** Ms from an item's end to its bytes, of every item, for the first client. */
  readonly delays: readonly number[];
  /** Ms from the end of the first of these items to that of the last. */
  readonly delaysMs: number;
}

const COMES_BACK_MS = 1_000;
const LINE_FEED = 10;
const ID = Buffer.from("\nid: ");
const DATA = Buffer.from("data: ");
const END = Buffer.from("event: end\n");
const EVENT_TYPE = '"type":"item.completed"';

class StreamClient {
  readonly delays: number[] = [];
  readonly #at: { first: number; last: number } = { first: 0, last: 0 };
  drops = 0;
  bytes = 0;
  last = 0;
  readonly #url: string;
  readonly #looks: "inside" | "at ids";
  #rest: Buffer = Buffer.alloc(0);
  #connectedAt = Infinity;
  #ended = false;

  constructor(url: string, looks: "inside" | "at ids") {
    this.#url = url;
    this.#looks = looks;
  }

  get delaysMs(): number {
    return this.#at.last - this.#at.first;
  }

  /** @param connected called with the first bytes */
  async follow(connected: () => void): Promise<void> {
    for (;;) {
      const answer = await this.#open();
      if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
      answer.once("data", () => {
        this.#connectedAt = Math.min(this.#connectedAt, Date.now());
        connected();
      });
      answer.on("data", (chunk: Buffer) => this.#take(chunk));
      await new Promise<void>((resolve) => answer.once("close", resolve));
      if (this.#ended) return;
      this.drops += 1;
      this.#rest = Buffer.alloc(0);
      await sleep(COMES_BACK_MS);
    }
  }

  #open(): Promise<IncomingMessage> {
    const headers = this.last === 0 ? {} : { "last-event-id": String(this.last) };
    return new Promise((resolve, reject) => get(this.#url, { agent: false, headers }, resolve).once("error", reject));
  }

  /** R1. Messages end with an empty line; what is behind the last one waits for the next chunk. */
  #take(chunk: Buffer): void {
    const now = Date.now();
    this.bytes += chunk.length;
    const text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = text.lastIndexOf("\n\n") + 2;
    if (end === 1) {
      this.#rest = text;
      return;
    }
    this.#rest = text.subarray(end);
    let at = text.subarray(0, 4).equals(ID.subarray(1)) ? 0 : next(text, 0);
    for (; at >= 0 && at < end; at = next(text, at)) {
      let seq = 0;
      let digit = at + 4;
      for (; text[digit] !== LINE_FEED; digit++) seq = seq * 10 + (text[digit]! - 48);
      if (seq !== this.last + 1) throw new Error(`event ${seq} came after ${this.last}`);
      this.last = seq;
      if (this.#looks === "inside") this.#look(text, digit, now);
    }
    if (text.includes(END)) this.#ended = true;
  }

  /** R2, R3. */
  #look(text: Buffer, from: number, now: number): void {
    const begin = text.indexOf(DATA, from) + DATA.length;
    const line = text.toString("utf8", begin, text.indexOf(LINE_FEED, begin));
    if (!line.includes(EVENT_TYPE)) return;
    const { at } = (JSON.parse(line) as { event: { at: number } }).event;
    if (at < this.#connectedAt) return;
    if (this.delays.push(now - at) === 1) this.#at.first = at;
    this.#at.last = at;
  }
}

/** Where the next id begins. */
function next(text: Buffer, from: number): number {
  const at = text.indexOf(ID, from);
  return at < 0 ? -1 : at + 1;
}

const [url = "", count = "1"] = argv.slice(2);
const clients = Array.from({ length: Number(count) }, (_, n) => new StreamClient(url, n === 0 ? "inside" : "at ids"));
let connected = 0;
await Promise.all(
  clients.map((client) =>
    client.follow(() => {
      if (++connected === clients.length) stdout.write("connected\n");
    }),
  ),
);
const { user, system } = cpuUsage();
const report: Report = {
  events: clients[0]!.last,
  megabytes: clients.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20,
  drops: clients.reduce((sum, { drops }) => sum + drops, 0),
  cpuMs: (user + system) / 1000,
  endedAt: Date.now(),
  delays: clients[0]!.delays,
  delaysMs: clients[0]!.delaysMs,
};
if (clients.some(({ last }) => last !== report.events)) throw new Error("clients have different numbers of events");
stdout.write(`${JSON.stringify(report)}\n`);
