/**
 * The gate: who may ask at all, decided before anything is routed, for every method, file, stream and mount alike.
 *
 * Owns: the decision, from what a request says of itself. Leaves to app/registry.ts: what a known caller may do; to body.ts: what
 * is in a body; to files.ts: what is behind a path.
 *
 * R1. Host names a host of ours, exactly. Otherwise a page of somebody else asks, under a name that leads here (DNS rebinding).
 * R2. Origin is absent or ours. `null` is foreign. Nothing is ever allowed to other origins: there is no CORS.
 * R3. GET and HEAD change nothing. Whatever changes something is JSON (a page cannot send that to another site unasked) and
 *     brings a token. A webhook brings a signature in its place: it is let through to where signatures are checked, as nobody.
 * R4. A token that is not known is refused, even where none is needed.
 * R5. Reading needs no token where only this machine can reach us. Elsewhere it does, except for the files of the UI, which say
 *     nothing about anybody.
 * R6. A path is plain: what has to be decoded, normalized or guessed at is refused, so that nobody decodes it twice.
 */
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Access } from "../model/operations/operation.ts";
import type { Caller } from "../app/launcher.ts";

export interface HostRule {
  /** Lowercase host names, IPv6 in brackets, with the port; "any" where somebody else listens: a proxy, a program that mounts us. */
  readonly names: ReadonlyMap<string, number | "any">;
}

/** A request as it arrived, where that is known: a web Request has lost some of it. */
export interface RawFacts {
  /** Request target as sent. */
  readonly target: string;
  /** Names and values alternating, as sent. */
  readonly headers: readonly string[];
}

export interface Known {
  readonly caller: Caller;
  readonly access: Access;
}

export interface GateRules {
  readonly host: HostRule;
  /** "token": reading needs one too. */
  readonly reading: "open" | "token";
  /** Paths below which is data; all others are pages and files of the UI. */
  readonly data: readonly string[];
  /** Whose token this is; undefined: nobody's. */
  known(token: string): Promise<Known | undefined>;
}

/** What somebody without a token may do where reading is open. */
export const ANONYMOUS: Known = { caller: { kind: "http", id: "anonymous" }, access: "read" };

/** Whoever sends to a webhook; what they may do is decided by the signature. */
export const WEBHOOK_SENDER: Known = { caller: { kind: "webhook", id: "unsigned" }, access: "read" };

/** Gives who asks. Throws the refusal. */
export async function admit(request: Request, rules: GateRules, raw?: RawFacts): Promise<Known> {
  if (raw !== undefined) refuseRaw(raw);
  refuseHost(request, rules.host);
  refuseOrigin(request, rules);
  refusePath(request);
  refuseMethod(request);
  if (isRead(request)) refuseBodyOfRead(request);
  else refuseForm(request);
  const known = await knownCaller(request, rules);
  if (known !== undefined) return known;
  if (isRead(request) && (rules.reading === "open" || !isData(request, rules))) return ANONYMOUS;
  if (isWebhook(request)) return WEBHOOK_SENDER;
  throw new WorkgraphError(
    "WG6004",
    isRead(request) ? "reading needs a token on this address" : "what changes something needs a token",
    { hint: 'Send "Authorization: Bearer TOKEN"; "workgraph token create NAME --launch" makes one.' },
  );
}

export function isRead({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

function isWebhook(request: Request): boolean {
  return request.method === "POST" && /^\/api\/webhooks\/[^/]+$/.test(pathOf(request));
}

function isData(request: Request, { data }: GateRules): boolean {
  const path = pathOf(request);
  return data.some((root) => path === root || path.startsWith(`${root}/`));
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}

/** Sent twice, one of them is read here and the other by somebody else. */
const ONCE: ReadonlySet<string> = new Set([
  "host",
  "origin",
  "authorization",
  "content-type",
  "content-length",
  "transfer-encoding",
  "last-event-id",
  "idempotency-key",
  "x-workgraph-signature",
  "x-workgraph-timestamp",
  "sec-fetch-site",
]);

function refuseRaw({ target, headers }: RawFacts): void {
  const seen = new Set<string>();
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!.toLowerCase();
    if (ONCE.has(name) && seen.has(name)) {
      throw new WorkgraphError("WG6013", `the header "${name}" comes twice`);
    }
    seen.add(name);
  }
  if (seen.has("transfer-encoding") && seen.has("content-length")) {
    throw new WorkgraphError("WG6013", "the request states its length in two ways");
  }
  const [path = ""] = target.split(/[?#]/, 1);
  if (!PLAIN_PATH.test(path) || path.includes("..")) throw notPlain();
}

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(\d{1,5}))?$/;

/** R1. */
function refuseHost(request: Request, rule: HostRule): void {
  const said = request.headers.get("host") ?? new URL(request.url).host;
  if (isOwnHost(said.toLowerCase(), rule)) return;
  throw new WorkgraphError("WG6001", `this server does not serve the host ${JSON.stringify(said.slice(0, 100))}`, {
    hint: "Use the address that it printed; a name or proxy in front of it is allowed with --host-name.",
  });
}

function isOwnHost(said: string, { names }: HostRule): boolean {
  const match = HOST.exec(said);
  const port = match === null ? undefined : names.get(match[1]!);
  return port === "any" || (port !== undefined && Number(match?.[2] ?? 80) === port);
}

/** R2. */
function refuseOrigin(request: Request, rules: GateRules): void {
  const origin = request.headers.get("origin");
  const host = (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
  if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`)
    throw foreign(`"${origin.slice(0, 100)}"`);
  // Where an Origin is left out (pictures, scripts, forms that get), browsers still say where a request comes from.
  const site = request.headers.get("sec-fetch-site");
  if (site === null || site === "same-origin" || site === "none") return;
  const opensPage =
    request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate" && !isData(request, rules);
  if (!opensPage) throw foreign(`a page that is ${JSON.stringify(site.slice(0, 20))}`);
}

function foreign(from: string): WorkgraphError {
  return new WorkgraphError("WG6002", `the request comes from ${from}, not from this server's own pages`, {
    hint: "Other sites may not ask. Programs send no Origin.",
  });
}

/** Letters that mean only themselves in a path. */
const PLAIN_PATH = /^(?:\/|(?:\/[0-9A-Za-z_.~@-]+)+\/?)$/;

/** R6. */
function refusePath(request: Request): void {
  const path = pathOf(request);
  if (!PLAIN_PATH.test(path) || path.includes("..")) throw notPlain();
}

function notPlain(): WorkgraphError {
  return new WorkgraphError("WG6007", "the path of the request is not plain", {
    hint: "Paths are made of letters, digits and _ . ~ @ -, without anything encoded.",
  });
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "DELETE"]);
const PRETENDING = ["x-http-method-override", "x-http-method", "x-method-override"] as const;

function refuseMethod(request: Request): void {
  if (!METHODS.has(request.method)) throw new WorkgraphError("WG6006", `there is no method "${request.method}" here`);
  for (const name of PRETENDING) {
    if (request.headers.has(name)) throw new WorkgraphError("WG6006", `the header "${name}" pretends another method`);
  }
}

function refuseBodyOfRead({ headers }: Request): void {
  const length = headers.get("content-length");
  if (headers.has("transfer-encoding") || (length !== null && length !== "0")) {
    throw new WorkgraphError("WG6013", "a GET has no body");
  }
}

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;

/** R3. */
function refuseForm({ headers }: Request): void {
  const type = headers.get("content-type");
  if (type === null || !JSON_TYPE.test(type.trim())) {
    throw new WorkgraphError(
      "WG6003",
      `what changes something is sent as JSON, not as ${JSON.stringify(type ?? "nothing")}`,
      {
        hint: 'Set "Content-Type: application/json"; an empty body is {}.',
      },
    );
  }
  if (headers.has("content-encoding")) throw new WorkgraphError("WG6003", "a body is sent as it is, not encoded");
}

const BEARER = /^Bearer ([0-9A-Za-z_.~+/=-]{1,256})$/;

/** R4. */
async function knownCaller({ headers }: Request, rules: GateRules): Promise<Known | undefined> {
  const said = headers.get("authorization");
  if (said === null) return undefined;
  const token = BEARER.exec(said)?.[1];
  const known = token === undefined ? undefined : await rules.known(token);
  if (known !== undefined) return known;
  throw new WorkgraphError("WG6004", "the token of the request is not known here", {
    hint: "A page's token is valid until its server ends: open the address that the server printed.",
  });
}
