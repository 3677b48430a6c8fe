/** Saving a file of an artifact where reading needs a token: a link cannot send one. */
import { ask, isReadingOpen } from "./client.ts";

/** For the click on a link that downloads. Where reading is open, the browser does it by itself. */
export async function saveFile(click: { preventDefault(): void }, url: string, name: string): Promise<void> {
  if (isReadingOpen()) return;
  click.preventDefault();
  const response = await ask(url);
  if (!response.ok) throw new Error(`the server answered with ${response.status}`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  // The browser has taken the content over when the click is done with.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
