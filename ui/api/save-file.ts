/** Saving what the server sends as a file, also where reading needs a token: a link cannot send one. */
import { ask, isReadingOpen } from "./client.ts";

/** For the click on a link that downloads. Where reading is open, the browser does it by itself. */
export async function saveFile(click: { preventDefault(): void }, url: string, name: string): Promise<void> {
  if (isReadingOpen()) return;
  click.preventDefault();
  await save(url, name);
}

export async function save(url: string, name: string): Promise<void> {
  const link = document.createElement("a");
  link.download = name;
  if (isReadingOpen()) {
    link.href = url;
    link.click();
    return;
  }
  const response = await ask(url);
  if (!response.ok) throw new Error(`the server answered with ${response.status}`);
  link.href = URL.createObjectURL(await response.blob());
  link.click();
  // The browser has taken the content over when the click is done with.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
