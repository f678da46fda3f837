/**
 * PNG bytes from pixels, grey or colour, eight bits each: the signature and three chunks. Law: a PNG decoder gives
 * the pixels back. It is here because an image grid embeds its pictures, and twenty lines are cheaper than a
 * dependency.
 * @source https://www.w3.org/TR/png-3/ (chunks, CRC, filter type 0)
 */
import { deflateSync } from 'node:zlib'

const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)

/**
 * The PNG of an image of `channels` 1 (grey) or 3 (RGB), pixels row by row, channels interleaved.
 * @example encodePng(new Uint8Array(4), { width: 2, height: 2, channels: 1 })
 */
export const encodePng = (
  pixels: Uint8Array,
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
): Uint8Array => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered(pixels, width * channels, height))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Each row begins with its filter type, 0: none. */
const filtered = (pixels: Uint8Array, rowBytes: number, height: number): Uint8Array => {
  const rows = new Uint8Array((rowBytes + 1) * height)
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1)
  return rows
}

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

const crc32 = (bytes: Uint8Array): number => {
  let c = 0xffffffff
  for (const byte of bytes) c = (crcTable[(c ^ byte) & 0xff] as number) ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}
