/** The image services as a child process of a test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Behaviour, Seen } from "./image-services.ts";

const PROGRAM = fileURLToPath(new URL("./image-services.ts", import.meta.url));

export interface ServiceProcess {
  /** ComfyUI; the images API is below it, at `/v1`. */
  readonly url: string;
  /** What is not named is as at the start. */
  readonly behave: (behaviour: Partial<Behaviour>) => Promise<void>;
  readonly seen: () => Promise<Seen>;
  readonly stop: () => Promise<void>;
}

export async function startServices(): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", PROGRAM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [port] = (await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => Promise.reject(new Error("the services did not start"))),
  ])) as [Buffer];
  const url = `http://127.0.0.1:${String(port).trim()}`;
  return {
    url,
    behave: async (behaviour) => {
      const response = await fetch(`${url}/control`, { method: "PUT", body: JSON.stringify(behaviour) });
      await response.body?.cancel();
    },
    seen: async () => (await (await fetch(`${url}/control`)).json()) as Seen,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}
