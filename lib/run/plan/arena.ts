/**
 * Where temporaries lie: each lives from its first to its last instruction, and two that live at different times may share
 * bytes. One sweep in time over a list of free blocks, best fit, neighbours joined; 64-byte granules. The list stays as
 * short as what lives at once, so a chain of 100,000 temporaries is placed in linear time.
 */
export interface Life { readonly bytes: number; readonly from: number; readonly to: number }
export interface Placed { readonly offsets: readonly number[]; readonly bytes: number }
interface Block { at: number; size: number }

const GRANULE = 64
const round = (n: number): number => Math.ceil(n / GRANULE) * GRANULE

class Free {
  private blocks: Block[] = []
  top = 0
  /** The smallest block that holds `size`, else fresh bytes at the top (growing a free block that lies there). */
  take(size: number): number {
    let best = -1
    this.blocks.forEach((b, i) => {
      if (b.size >= size && (best < 0 || b.size < (this.blocks[best] as Block).size)) best = i
    })
    if (best < 0) return this.grow(size)
    const b = this.blocks[best] as Block
    const { at } = b
    b.at += size
    b.size -= size
    if (b.size === 0) this.blocks.splice(best, 1)
    return at
  }
  private grow(size: number): number {
    const last = this.blocks[this.blocks.length - 1]
    const at = last !== undefined && last.at + last.size === this.top ? (this.blocks.pop() as Block).at : this.top
    this.top = at + size
    return at
  }
  give(at: number, size: number): void {
    let i = this.blocks.findIndex((b) => b.at > at)
    if (i < 0) i = this.blocks.length
    this.blocks.splice(i, 0, { at, size })
    this.join(i)
    if (i > 0) this.join(i - 1)
  }
  private join(i: number): void {
    const [a, b] = [this.blocks[i] as Block, this.blocks[i + 1]]
    if (b === undefined || a.at + a.size !== b.at) return
    a.size += b.size
    this.blocks.splice(i + 1, 1)
  }
}

/** An offset for each life, and the bytes of the whole arena. */
export const place = (lives: readonly Life[]): Placed => {
  const byStart = [...lives.keys()].sort((i, j) => (lives[i] as Life).from - (lives[j] as Life).from || i - j)
  const byEnd = [...lives.keys()].sort((i, j) => (lives[i] as Life).to - (lives[j] as Life).to || i - j)
  const offsets = new Array<number>(lives.length).fill(0)
  const free = new Free()
  let ended = 0
  for (const i of byStart) {
    const life = lives[i] as Life
    for (; ended < byEnd.length && (lives[byEnd[ended] as number] as Life).to < life.from; ended++) {
      const done = byEnd[ended] as number
      free.give(offsets[done] as number, round((lives[done] as Life).bytes))
    }
    offsets[i] = free.take(round(life.bytes))
  }
  return { offsets, bytes: free.top }
}
