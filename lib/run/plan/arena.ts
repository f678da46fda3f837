/**
 * Where temporaries lie: each lives from its first to its last instruction, and two that live at different times may share
 * bytes. First fit by decreasing size; 64-byte granules. A plan owns offsets, not memory.
 */
export interface Life { readonly bytes: number; readonly from: number; to: number }
export interface Placed { readonly offsets: readonly number[]; readonly bytes: number }

const GRANULE = 64
const round = (n: number): number => Math.ceil(n / GRANULE) * GRANULE

/** An offset for each life, and the bytes of the whole arena. */
export const place = (lives: readonly Life[]): Placed => {
  const order = lives.map((_, i) => i).sort((i, j) => (lives[j] as Life).bytes - (lives[i] as Life).bytes || i - j)
  const offsets = new Array<number>(lives.length).fill(0)
  const done: number[] = []
  let total = 0
  for (const i of order) {
    const life = lives[i] as Life
    const size = round(life.bytes)
    const busy = done.filter((j) => (lives[j] as Life).from <= life.to && life.from <= (lives[j] as Life).to).map((j) => [offsets[j] as number, (offsets[j] as number) + round((lives[j] as Life).bytes)] as const).sort((p, q) => p[0] - q[0])
    let at = 0
    for (const [start, end] of busy) {
      if (at + size <= start) break
      at = Math.max(at, end)
    }
    offsets[i] = at
    done.push(i)
    total = Math.max(total, at + size)
  }
  return { offsets, bytes: total }
}
