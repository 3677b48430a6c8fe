/**
 * A program that speaks what the two clients expect of image services: the routes of ComfyUI under `/`, an OpenAI-compatible
 * images API under `/v1`. It is a process of its own and knows nothing of the clients.
 *
 *   node examples/thalis/testing/image-services.ts     # prints its port on loopback
 *
 * R1. Graphs are worked off one after the other, each after `workMs`; the history of what is not done is `{}`.
 * R2. Pictures are computed from prompt and seed.
 * R3. `PUT /control` sets how it misbehaves, `GET /control` says what it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { between, chanceOf } from "../pictures/chance.ts";
import { toPng } from "../pictures/image-file.ts";
import { blank } from "../pictures/picture.ts";

export const KNOWN_CHECKPOINT = "v1-5-pruned-emaonly.safetensors";

export interface Behaviour {
  /** How long a graph is worked on. */
  workMs: number;
  /** So many next graphs fail while they run. */
  failures: number;
  /** So many next requests of the images API are told to come again, after so many seconds. */
  limited: number;
  retryAfterSeconds: number;
  /** So many next requests of the images API are answered 500. */
  broken: number;
  /** So many next requests of the images API get no answer at all. */
  silent: number;
  /** The images API asks for this key. */
  key: string;
  answerWith: "b64_json" | "url" | "nothing";
  /** The picture that is sent is cut off. */
  truncated: boolean;
}

export interface Seen {
  readonly graphs: number;
  readonly mostRunning: number;
  readonly takenBack: number;
  readonly imageRequests: number;
}

const behaviour: Behaviour = {
  workMs: 5,
  failures: 0,
  limited: 0,
  retryAfterSeconds: 0,
  broken: 0,
  silent: 0,
  key: "",
  answerWith: "b64_json",
  truncated: false,
};
const initial: Behaviour = { ...behaviour };
let seen = { graphs: 0, mostRunning: 0, takenBack: 0, imageRequests: 0 };

interface Graph {
  readonly id: string;
  readonly text: string;
  readonly seed: number;
  readonly side: number;
}

const pending: Graph[] = [];
const history = new Map<string, unknown>();
const files = new Map<string, Buffer>();
let running = 0;

/** R2. */
function paint(text: string, seed: number, side: number): Buffer {
  const chance = chanceOf("service", text, seed);
  const [a, b, c] = [between(chance, 0, 255), between(chance, 0, 255), between(chance, 0, 255)];
  const waves = Math.floor(between(chance, 2, 7));
  const picture = blank(side, side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const light = 0.5 + 0.5 * Math.sin((x * waves + y * 2 * waves) / side + a);
      picture.rgb.set([light * a, light * b + 40 * (y / side), 255 - light * c], (y * side + x) * 3);
    }
  }
  const bytes = toPng(picture);
  return behaviour.truncated ? bytes.subarray(0, bytes.length / 2) : bytes;
}

/** R1. */
function work(): void {
  if (running > 0) return;
  const graph = pending.shift();
  if (graph === undefined) return;
  running++;
  seen.mostRunning = Math.max(seen.mostRunning, running);
  setTimeout(() => {
    running--;
    finish(graph);
    work();
  }, behaviour.workMs);
}

function finish({ id, text, seed, side }: Graph): void {
  if (behaviour.failures > 0) {
    behaviour.failures--;
    const error = { node_id: "5", node_type: "KSampler", exception_message: "CUDA out of memory" };
    const messages = [
      ["execution_start", { prompt_id: id }],
      ["execution_error", error],
    ];
    history.set(id, { outputs: {}, status: { status_str: "error", completed: false, messages } });
    return;
  }
  const filename = `thalis_${String(files.size + 1).padStart(5, "0")}_.png`;
  files.set(filename, paint(text, seed, side));
  history.set(id, {
    outputs: { "7": { images: [{ filename, subfolder: "", type: "output" }] } },
    status: { status_str: "success", completed: true, messages: [] },
  });
}

type Nodes = Readonly<Record<string, { class_type?: string; inputs?: Readonly<Record<string, unknown>> }>>;

function queue(body: { prompt?: Nodes }, response: ServerResponse): void {
  const nodes = Object.values(body.prompt ?? {});
  const inputs = (type: string): Readonly<Record<string, unknown>> =>
    nodes.find((one) => one.class_type === type)?.inputs ?? {};
  if (!nodes.some((one) => one.class_type === "SaveImage")) {
    const error = { type: "prompt_no_outputs", message: "Prompt has no outputs", details: "", extra_info: {} };
    return send(response, 400, { error, node_errors: {} });
  }
  const checkpoint = inputs("CheckpointLoaderSimple")["ckpt_name"];
  if (checkpoint !== KNOWN_CHECKPOINT) {
    const error = { type: "prompt_outputs_failed_validation", message: "Prompt outputs failed validation" };
    const wrong = {
      type: "value_not_in_list",
      message: "Value not in list",
      details: `ckpt_name: '${String(checkpoint)}'`,
    };
    return send(response, 400, { error, node_errors: { "1": { errors: [wrong] } } });
  }
  const id = `graph-${++seen.graphs}`;
  const { text } = inputs("CLIPTextEncode");
  const { seed } = inputs("KSampler");
  const { width } = inputs("EmptyLatentImage");
  pending.push({ id, text: String(text), seed: Number(seed), side: Number(width) });
  work();
  send(response, 200, { prompt_id: id, number: seen.graphs, node_errors: {} });
}

function generate(request: IncomingMessage, body: { prompt?: string; size?: string }, response: ServerResponse): void {
  seen.imageRequests++;
  const refuse = (status: number, code: string, message: string): void =>
    send(response, status, { error: { message, type: code, param: null, code } });
  if (behaviour.key !== "" && request.headers.authorization !== `Bearer ${behaviour.key}`)
    return refuse(401, "invalid_api_key", "Incorrect API key provided");
  if (behaviour.silent > 0) return void behaviour.silent--;
  if (behaviour.limited > 0) {
    behaviour.limited--;
    response.setHeader("retry-after", String(behaviour.retryAfterSeconds));
    return refuse(429, "rate_limit_exceeded", "Rate limit reached");
  }
  if (behaviour.broken > 0) {
    behaviour.broken--;
    return refuse(500, "server_error", "The server had an error");
  }
  if (typeof body.prompt !== "string" || body.prompt === "")
    return refuse(400, "invalid_value", "Missing required parameter: 'prompt'");
  const bytes = paint(body.prompt, seen.imageRequests, 128);
  if (behaviour.answerWith === "b64_json")
    send(response, 200, { created: 1, data: [{ b64_json: bytes.toString("base64") }] });
  else if (behaviour.answerWith === "nothing") send(response, 200, { created: 1, data: [{}] });
  else {
    const name = `image-${seen.imageRequests}.png`;
    files.set(name, bytes);
    send(response, 200, { created: 1, data: [{ url: `http://${request.headers.host}/view?filename=${name}` }] });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return pieces.length === 0 ? {} : (JSON.parse(Buffer.concat(pieces).toString("utf8")) as Record<string, unknown>);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://loopback");
  const route = `${request.method} ${url.pathname}`;
  const body = await bodyOf(request);
  if (route === "POST /prompt") queue(body, response);
  else if (route === "GET /queue")
    send(response, 200, { queue_running: [], queue_pending: pending.map(({ id }) => [0, id]) });
  else if (route === "POST /queue") {
    for (const id of (body["delete"] ?? []) as string[]) {
      const at = pending.findIndex((graph) => graph.id === id);
      if (at >= 0) pending.splice(at, 1);
      seen.takenBack++;
    }
    send(response, 200, {});
  } else if (url.pathname.startsWith("/history/")) {
    const id = decodeURIComponent(url.pathname.slice("/history/".length));
    send(response, 200, history.has(id) ? { [id]: history.get(id) } : {});
  } else if (route === "GET /view") {
    const file = files.get(url.searchParams.get("filename") ?? "");
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "image/png" }).end(file);
  } else if (route === "POST /v1/images/generations") generate(request, body, response);
  else if (route === "PUT /control") {
    Object.assign(behaviour, initial, body);
    seen = { graphs: seen.graphs, mostRunning: 0, takenBack: 0, imageRequests: 0 };
    send(response, 200, {});
  } else if (route === "GET /control") send(response, 200, seen);
  else send(response, 404, { error: { message: `no route ${route}` } });
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => send(response, 400, { error: { message: String(error) } }));
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
