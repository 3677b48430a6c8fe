/** Requests that nobody friendly sends, one kind each, as bytes. */

/** What a request does where nobody stops it. */
export type Harm =
  /** It is answered as if it were asked by a friend. */
  | "served"
  /** A run is started. */
  | "launched"
  /** A file outside of the folder is sent. */
  | "leaked"
  /** It holds a connection as long as it likes. */
  | "held"
  /** The second request of two in one connection is answered. */
  | "second-served";

export interface Scene {
  readonly port: number;
  /** Of the page: may do everything. */
  readonly token: string;
  readonly readToken: string;
  readonly revokedToken: string;
  /** Absolute path of a file beside the folder of the UI. */
  readonly secretPath: string;
}

export interface Hostile {
  readonly kind: string;
  readonly harm: Harm;
  readonly bytes: (scene: Scene) => readonly (string | Buffer)[];
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

function head(line: string, headers: Headers): string {
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}`),
  );
  return `${[line, ...lines].join("\r\n")}\r\n\r\n`;
}

function get(path: string, headers: Headers = {}): (scene: Scene) => readonly string[] {
  return ({ port }) => [head(`GET ${path} HTTP/1.1`, { Host: `127.0.0.1:${port}`, Connection: "close", ...headers })];
}

const LAUNCH = "/api/workflows/loud/runs";
const INPUT = '{"input":{"text":"a b"}}';

interface Post {
  readonly headers?: (scene: Scene) => Headers;
  readonly body?: string | Buffer;
  readonly path?: string;
  /** Sent instead of the true Content-Length header. */
  readonly length?: Headers;
}

/** A launch as a program sends it, with what is changed. */
function post({ headers, body = INPUT, path = LAUNCH, length }: Post): (scene: Scene) => readonly (string | Buffer)[] {
  return (scene) => {
    const all: Record<string, string | readonly string[]> = {
      Host: `127.0.0.1:${scene.port}`,
      Connection: "close",
      "Content-Type": "application/json",
      Authorization: `Bearer ${scene.token}`,
      ...(length ?? { "Content-Length": String(Buffer.byteLength(body)) }),
      ...headers?.(scene),
    };
    for (const [name, value] of Object.entries(all)) if (value === "") delete all[name];
    return [head(`POST ${path} HTTP/1.1`, all), body];
  };
}

const host = (name: (scene: Scene) => string): Hostile["bytes"] => {
  return (scene) => [head("GET /api/runs HTTP/1.1", { Host: name(scene), Connection: "close" })];
};

const rebinding: readonly Hostile[] = [
  { kind: "a host of somebody else", harm: "served", bytes: host(() => "evil.example") },
  { kind: "a host of somebody else with our port", harm: "served", bytes: host(({ port }) => `evil.example:${port}`) },
  { kind: "a host that begins like ours", harm: "served", bytes: host(({ port }) => `127.0.0.1.evil.example:${port}`) },
  { kind: "a host that ends like ours", harm: "served", bytes: host(({ port }) => `evil-localhost:${port}`) },
  { kind: "our host without its port", harm: "served", bytes: host(() => "127.0.0.1") },
  { kind: "our host with another port", harm: "served", bytes: host(() => "127.0.0.1:1") },
  { kind: "our host with a trailing dot", harm: "served", bytes: host(({ port }) => `localhost.:${port}`) },
  { kind: "a subdomain of our host", harm: "served", bytes: host(({ port }) => `a.localhost:${port}`) },
  { kind: "the address that means any", harm: "served", bytes: host(({ port }) => `0.0.0.0:${port}`) },
  { kind: "a private address of somebody else", harm: "served", bytes: host(({ port }) => `10.0.0.1:${port}`) },
  {
    kind: "no host",
    harm: "served",
    bytes: () => [head("GET /api/runs HTTP/1.0", { Connection: "close" })],
  },
  {
    kind: "two hosts, ours first",
    harm: "served",
    bytes: ({ port }) => [
      head("GET /api/runs HTTP/1.1", { Host: [`127.0.0.1:${port}`, "evil.example"], Connection: "close" }),
    ],
  },
  {
    kind: "a target with a host of its own",
    harm: "served",
    bytes: ({ port }) => [
      head("GET http://evil.example/api/runs HTTP/1.1", { Host: `127.0.0.1:${port}`, Connection: "close" }),
    ],
  },
  {
    kind: "a stream for a host of somebody else",
    harm: "served",
    bytes: (scene) => [head(`GET /api/stream HTTP/1.1`, { Host: `evil.example:${scene.port}` })],
  },
];

const origin = (value: (scene: Scene) => string | readonly string[]): Hostile["bytes"] =>
  post({ headers: (scene) => ({ Origin: value(scene) }) });

const origins: readonly Hostile[] = [
  { kind: "a foreign origin", harm: "launched", bytes: origin(() => "http://evil.example") },
  { kind: "the origin null", harm: "launched", bytes: origin(() => "null") },
  { kind: "an origin on another port", harm: "launched", bytes: origin(() => "http://127.0.0.1:1") },
  {
    kind: "an origin under another of our names",
    harm: "launched",
    bytes: origin(({ port }) => `http://localhost:${port}`),
  },
  {
    kind: "an origin that begins like ours",
    harm: "launched",
    bytes: origin(({ port }) => `http://127.0.0.1:${port}.evil.example`),
  },
  { kind: "an origin with another scheme", harm: "launched", bytes: origin(({ port }) => `ftp://127.0.0.1:${port}`) },
  { kind: "an extension's origin", harm: "launched", bytes: origin(() => "chrome-extension://abcdefghijklmnop") },
  {
    kind: "two origins, ours first",
    harm: "launched",
    bytes: origin(({ port }) => [`http://127.0.0.1:${port}`, "http://evil.example"]),
  },
  { kind: "a read from a foreign origin", harm: "served", bytes: get("/api/runs", { Origin: "http://evil.example" }) },
  { kind: "a read from the origin null", harm: "served", bytes: get("/api/runs", { Origin: "null" }) },
  { kind: "a page of the UI for a foreign origin", harm: "served", bytes: get("/", { Origin: "http://evil.example" }) },
  {
    kind: "a stream for a foreign origin",
    harm: "served",
    bytes: get("/api/stream", { Origin: "http://evil.example" }),
  },
  {
    kind: "a HEAD from a foreign origin",
    harm: "served",
    bytes: ({ port }) => [
      head("HEAD /api/runs HTTP/1.1", {
        Host: `127.0.0.1:${port}`,
        Connection: "close",
        Origin: "http://evil.example",
      }),
    ],
  },
  {
    kind: "a picture in a foreign page",
    harm: "served",
    bytes: get("/api/runs", { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }),
  },
  {
    kind: "a script in a page on another port",
    harm: "served",
    bytes: get("/api/runs", { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors" }),
  },
  {
    kind: "a link from a foreign page to data",
    harm: "served",
    bytes: get("/api/runs", { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" }),
  },
  {
    kind: "a foreign page that frames the UI's files",
    harm: "served",
    bytes: get("/", { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }),
  },
];

const type = (value: string): Hostile["bytes"] => post({ headers: () => ({ "Content-Type": value }) });

const forms: readonly Hostile[] = [
  { kind: "a form", harm: "launched", bytes: type("application/x-www-form-urlencoded") },
  { kind: "JSON that says it is text", harm: "launched", bytes: type("text/plain") },
  { kind: "JSON that says it is a form with files", harm: "launched", bytes: type("multipart/form-data; boundary=x") },
  { kind: "a body of no type", harm: "launched", bytes: type("") },
  { kind: "JSON in another encoding", harm: "launched", bytes: type("application/json; charset=utf-16") },
  { kind: "two types in one", harm: "launched", bytes: type("text/plain, application/json") },
  { kind: "a type that begins like JSON", harm: "launched", bytes: type("application/json-patch+json") },
  { kind: "a compressed body", harm: "launched", bytes: post({ headers: () => ({ "Content-Encoding": "gzip" }) }) },
];

const authorization = (value: (scene: Scene) => string): Hostile["bytes"] =>
  post({ headers: (scene) => ({ Authorization: value(scene) }) });

const tokens: readonly Hostile[] = [
  { kind: "a write without a token", harm: "launched", bytes: authorization(() => "") },
  { kind: "a token of the right form", harm: "launched", bytes: authorization(() => `Bearer wgt_${"A".repeat(43)}`) },
  {
    kind: "the beginning of a token",
    harm: "launched",
    bytes: authorization(({ token }) => `Bearer ${token.slice(0, -1)}`),
  },
  { kind: "a token and more", harm: "launched", bytes: authorization(({ token }) => `Bearer ${token}A`) },
  {
    kind: "a token as a password",
    harm: "launched",
    bytes: authorization(({ token }) => `Basic ${btoa(`x:${token}`)}`),
  },
  { kind: "a revoked token", harm: "launched", bytes: authorization(({ revokedToken }) => `Bearer ${revokedToken}`) },
  {
    kind: "a token that may only read",
    harm: "launched",
    bytes: authorization(({ readToken }) => `Bearer ${readToken}`),
  },
  {
    kind: "a read with a token that is not known",
    harm: "served",
    bytes: get("/api/runs", { Authorization: "Bearer wgt_nobody" }),
  },
  { kind: "an empty token", harm: "served", bytes: get("/api/runs", { Authorization: "Bearer " }) },
  {
    kind: "two tokens, the right one first",
    harm: "launched",
    bytes: authorization(({ token }) => [`Bearer ${token}`, "Bearer x"] as never),
  },
];

const methods: readonly Hostile[] = [
  {
    kind: "a GET that pretends to be a POST",
    harm: "served",
    bytes: get("/api/runs", { "X-HTTP-Method-Override": "POST" }),
  },
  {
    kind: "a POST that pretends to be a DELETE",
    harm: "launched",
    bytes: post({ headers: () => ({ "X-Method-Override": "DELETE" }) }),
  },
  {
    kind: "a POST that pretends to be a PUT",
    harm: "launched",
    bytes: post({ headers: () => ({ "X-HTTP-Method": "PUT" }) }),
  },
  { kind: "a GET with a body", harm: "served", bytes: get("/api/runs", { "Content-Length": "0002" }) },
  {
    kind: "a GET with a chunked body",
    harm: "served",
    bytes: (scene) => [...get("/api/runs", { "Transfer-Encoding": "chunked" })(scene), "0\r\n\r\n"],
  },
];

const leak = (path: string): Hostile["bytes"] => get(path);

const paths: readonly Hostile[] = [
  { kind: "a way up with an encoded slash", harm: "leaked", bytes: leak("/..%2fsecret.txt") },
  { kind: "a way up encoded whole", harm: "leaked", bytes: leak("/%2e%2e%2fsecret.txt") },
  { kind: "a way up encoded twice", harm: "leaked", bytes: leak("/%252e%252e%252fsecret.txt") },
  { kind: "a way up with backslashes", harm: "leaked", bytes: leak("/..%5csecret.txt") },
  { kind: "a way up behind a folder", harm: "leaked", bytes: leak("/assets/..%2f..%2fsecret.txt") },
  { kind: "a way up behind a zero byte", harm: "leaked", bytes: leak("/..%2fsecret.txt%00.png") },
  {
    kind: "an absolute path",
    harm: "leaked",
    bytes: (scene) => get(`/${encodeURIComponent(scene.secretPath)}`)(scene),
  },
  { kind: "a link to a file outside", harm: "leaked", bytes: leak("/assets/link.txt") },
  { kind: "a link to a folder outside", harm: "leaked", bytes: leak("/assets/outside/secret.txt") },
  { kind: "a way up, plain", harm: "served", bytes: leak("/../index.html") },
  { kind: "a path that begins like another host", harm: "served", bytes: leak("//evil.example/page") },
  { kind: "a path with control characters encoded", harm: "served", bytes: leak("/a%0d%0aSet-Cookie:x=1") },
];

const bodies: readonly Hostile[] = [
  {
    kind: "a body that is too long",
    harm: "launched",
    bytes: post({ body: `{"input":{"text":"${"a ".repeat(2_600_000)}"}}` }),
  },
  {
    kind: "a body that is too long and does not say so",
    harm: "launched",
    bytes: (scene) => {
      const piece = `{"input":{"text":"${"a ".repeat(2_600_000)}"}}`;
      const [first = ""] = post({ body: "", length: { "Transfer-Encoding": "chunked" } })(scene);
      return [first, `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n0\r\n\r\n`];
    },
  },
  { kind: "a body that is no JSON", harm: "launched", bytes: post({ body: '{"input":' }) },
  { kind: "a body that is a list", harm: "launched", bytes: post({ body: "[1,2]" }) },
  { kind: "a body that is null", harm: "launched", bytes: post({ body: "null" }) },
  { kind: "a body that is no text", harm: "launched", bytes: post({ body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }) },
  {
    kind: "a body nested deep",
    harm: "launched",
    bytes: post({ body: `{"input":{"text":${"[".repeat(4_000)}${"]".repeat(4_000)}}}` }),
  },
  {
    kind: "a body that reaches for the prototype",
    harm: "launched",
    bytes: post({ body: '{"input":{"__proto__":{"admin":true}}}' }),
  },
  {
    kind: "a body that reaches for the constructor",
    harm: "launched",
    bytes: post({ body: '{"input":{"constructor":{"prototype":{"admin":true}}}}' }),
  },
];

const sizes: readonly Hostile[] = [
  { kind: "a header that is too long", harm: "served", bytes: get("/api/runs", { "X-Long": "a".repeat(20_000) }) },
  {
    kind: "too many headers",
    harm: "served",
    bytes: get(
      "/api/runs",
      Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`X-Header-${index}`, "a".repeat(20)])),
    ),
  },
  { kind: "an address that is too long", harm: "served", bytes: get(`/${"a".repeat(20_000)}`) },
];

const slow: readonly Hostile[] = [
  {
    kind: "headers that never end",
    harm: "held",
    bytes: ({ port }) => [`GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-A: `],
  },
  { kind: "a connection that says nothing", harm: "held", bytes: () => [] },
  {
    kind: "a body that never comes",
    harm: "held",
    bytes: post({ body: "{", length: { "Content-Length": "1000" } }),
  },
  {
    kind: "a chunk that never ends",
    harm: "held",
    bytes: post({ body: "400\r\n{", length: { "Transfer-Encoding": "chunked" } }),
  },
];

const smuggled = ({ port }: Scene): string =>
  head("GET /api/runs HTTP/1.1", { Host: `127.0.0.1:${port}`, Connection: "close" });

const smuggling: readonly Hostile[] = [
  {
    kind: "a length stated in two ways",
    harm: "launched",
    bytes: post({
      body: `18\r\n${INPUT}\r\n0\r\n\r\n`,
      length: { "Content-Length": "4", "Transfer-Encoding": "chunked" },
    }),
  },
  { kind: "a control character in a header", harm: "served", bytes: get("/api/runs", { "X-A": "a\u0001b" }) },
  {
    kind: "a second request for another host behind the first",
    harm: "second-served",
    bytes: (scene) => [
      head("GET /api/health HTTP/1.1", { Host: `127.0.0.1:${scene.port}` }),
      smuggled(scene).replace(`127.0.0.1:${scene.port}`, "evil.example"),
    ],
  },
  {
    kind: "a second request inside the body of a read",
    harm: "second-served",
    bytes: (scene) => [
      head("GET /api/health HTTP/1.1", { Host: `127.0.0.1:${scene.port}`, "Transfer-Encoding": "chunked" }),
      "0\r\n\r\n",
      smuggled(scene),
    ],
  },
];

export const HOSTILE: readonly Hostile[] = [
  ...rebinding,
  ...origins,
  ...forms,
  ...tokens,
  ...methods,
  ...paths,
  ...bodies,
  ...sizes,
  ...slow,
  ...smuggling,
];
