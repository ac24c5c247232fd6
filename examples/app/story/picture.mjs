// A picture as a camera might make it: too large to be sent in one piece.

import { deflateSync } from "node:zlib";

const TABLE = Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const crc = body.reduce((sum, byte) => TABLE[(sum ^ byte) & 255] ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff;
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc >>> 0, 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A PNG of a meadow under a sky, with the grain of a cheap camera. */
export function meadow(width = 1200, height = 750) {
  let seed = 1;
  const grain = () => ((seed = (seed * 48271) % 0x7fffffff) % 24) - 12;
  const row = 1 + width * 3;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hill = height * 0.62 + 50 * Math.sin(x / 190) + 18 * Math.sin(x / 53);
      const sun = Math.hypot(x - 930, y - 190) < 85;
      const flower = y > hill + 25 && Math.hypot((x % 95) - 47, ((y + (x % 3)) % 80) - 40) < 9;
      const sky = [150 + y / 8, 200 + y / 14, 232];
      const grass = [90 - (y - hill) / 12, 148 - (y - hill) / 6, 74];
      const colour = flower ? [246, 200, 70] : y > hill ? grass : sun ? [255, 236, 160] : sky;
      colour.forEach((value, part) => {
        pixels[y * row + 1 + x * 3 + part] = Math.max(0, Math.min(255, value + grain()));
      });
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const parts = [chunk("IHDR", head), chunk("IDAT", deflateSync(pixels)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts]);
}
