/** Pictures as files: PNG out, PNG and JPEG in. */
import { PNG } from "pngjs";
import jpeg from "jpeg-js";

import { blank, type Picture } from "./picture.ts";

/** Services send what they like; a picture of more pixels than this is refused before it is unpacked. */
const MAX_PIXELS = 16_000_000;

export function toPng({ width, height, rgb }: Picture): Buffer {
  const image = new PNG({ width, height, colorType: 2, inputColorType: 2, inputHasAlpha: false });
  image.data = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  return PNG.sync.write(image, { colorType: 2, inputColorType: 2, inputHasAlpha: false });
}

/** @throws TypeError when the bytes are no PNG and no JPEG, or are cut off. */
export function fromImageFile(bytes: Uint8Array): Picture {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 24));
  try {
    if (start.subarray(1, 4).toString("latin1") === "PNG") {
      if (start.readUInt32BE(16) * start.readUInt32BE(20) > MAX_PIXELS) throw new Error("it is too large");
      return withoutAlpha(PNG.sync.read(Buffer.from(bytes)));
    }
    if (start[0] === 0xff && start[1] === 0xd8)
      return withoutAlpha(jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: MAX_PIXELS / 1e6 }));
  } catch (error) {
    throw new TypeError(`An image of ${bytes.byteLength} bytes cannot be read: ${String(error)}`, { cause: error });
  }
  throw new TypeError(`${bytes.byteLength} bytes are neither PNG nor JPEG; they begin with ${start.toString("hex")}`);
}

function withoutAlpha(image: { width: number; height: number; data: Uint8Array }): Picture {
  const picture = blank(image.width, image.height);
  for (let from = 0, to = 0; to < picture.rgb.length; from += 4, to += 3)
    picture.rgb.set(image.data.subarray(from, from + 3), to);
  return picture;
}
