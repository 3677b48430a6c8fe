/**
 * Asking the server.
 *
 * Owns: addresses, the token, and what a refusal looks like. Leaves to queries.ts: when something is asked; to operation.ts: answers that
 * take their time.
 *
 * R1. The token came in the fragment of the address that opened the page; it is kept for this tab. Reading goes without it until the
 *     server wants one: where reading is open, a token of a server that is gone would be refused.
 * R2. An answer that is an error is thrown with its code, its message and what to do.
 */

export class ApiError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly status: number;

  constructor(status: number, told: { readonly code: string; readonly message: string; readonly hint?: string }) {
    super(told.message);
    this.name = "ApiError";
    this.status = status;
    this.code = told.code;
    this.hint = told.hint;
  }
}

const TOKEN_KEY = "workgraph.token";

/** Takes the token out of the address bar, where it would be copied along with a link. */
export function takeToken(): void {
  const match = /(?:^#|[#&])token=([^&]+)/.exec(window.location.hash);
  if (!match) return;
  sessionStorage.setItem(TOKEN_KEY, decodeURIComponent(match[1]!));
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return read<T>(await ask(address(path, query), signal ? { signal } : {}));
}

let readsWith: "nothing" | "token" = "nothing";

/** False once the server has wanted a token for reading. */
export function isReadingOpen(): boolean {
  return readsWith === "nothing";
}

let inlined: ((url: string) => Response) | undefined;

/** A page that has no server answers from what it holds. */
export function answerFrom(answers: (url: string) => Response): void {
  inlined = answers;
}

/** Whether there is no server behind this page. */
export function isOffline(): boolean {
  return inlined !== undefined;
}

/** R1. Reads, whatever kind of answer it is. */
export async function ask(
  url: string,
  { headers = {}, signal }: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  if (inlined) return inlined(url);
  const token = sessionStorage.getItem(TOKEN_KEY);
  const isSent = readsWith === "token" && token !== null;
  const response = await fetch(url, {
    headers: isSent ? { ...headers, authorization: `Bearer ${token}` } : headers,
    ...(signal ? { signal } : {}),
  });
  if (response.status !== 401 || isSent || token === null) return response;
  readsWith = "token";
  return ask(url, { headers, ...(signal ? { signal } : {}) });
}

/** The only way in which this page changes anything: launches. */
export async function launch<T>(path: string, body: unknown): Promise<T> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  return read<T>(response);
}

/** R2. */
export async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  let document: unknown;
  try {
    document = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(response.status, {
      code: "WG6000",
      message: `the server answered with ${response.status} and no JSON`,
    });
  }
  if (response.ok) return document as T;
  const { error } = document as {
    readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  };
  throw new ApiError(
    response.status,
    error ?? { code: "WG6000", message: `the server answered with ${response.status}` },
  );
}
