/**
 * The plan cache: plans by key, the least recently used ones forgotten beyond a number of plans and of bytes. A key is found
 * by its hash, then compared. Keys that are alike but for sizes are counted together, so that a size which changes with every
 * run is said once, by its dim.
 */
import { partsOf, saysSame, textOf } from '../ir/key.js'
import type { Part, Walked } from '../ir/key.js'
import { SLOT, typeName } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { varyingDim } from '../transform/index.js'
import type { Executable } from './backend.js'
import { bytesOf } from './holders.js'
import type { Tier } from './plan/index.js'

/** A key: the walk as it is, until the next one numbers nodes anew. */
export interface Key extends Walked { readonly hash: number }
export interface Cached {
  readonly hash: number
  readonly parts: readonly Part[]
  /** Bytes of the inputs. */
  readonly pending: number
  executable: Executable
  tier: Tier
  used: number
  bytes: number
  forgotten: boolean
}
interface Family { readonly first: readonly string[]; size: number }

const MOST_PLANS = 512
const MOST_BYTES = 64 * 2 ** 20
const MANY = 32
/** A key without its sizes, as one number. */
const familyOf = (key: string): number => {
  let h = 0x811c9dc5
  const alike = key.replace(/\[[\d,]*\]/g, '[]')
  for (let i = 0; i < alike.length; i++) h = Math.imul(h ^ alike.charCodeAt(i), 0x01000193)
  return h
}

export class Plans {
  private readonly entries = new Map<number, Cached[]>()
  private readonly families = new Map<number, Family>()
  private readonly release: (e: Executable) => void
  private clock = 0
  private bytes = 0
  size = 0
  hits = 0
  misses = 0
  constructor(release: (e: Executable) => void) {
    this.release = release
  }
  find(key: Key): Cached | undefined {
    const alike = this.entries.get(key.hash)
    if (alike === undefined) return undefined
    for (const c of alike) {
      if (!saysSame(c.parts, key)) continue
      this.use(c)
      return c
    }
    return undefined
  }
  use(c: Cached): void {
    this.hits++
    c.used = ++this.clock
  }
  add(key: Key, executable: Executable, tier: Tier, inputs: readonly Node[]): Cached {
    this.misses++
    this.size++
    const parts = partsOf(key), text = textOf(parts), bytes = executable.bytes + 2 * text.length
    const made: Cached = { hash: key.hash, parts, pending: inputs.reduce((n, x) => n + bytesOf(x), 0), executable, tier, used: ++this.clock, bytes, forgotten: false }
    const alike = this.entries.get(key.hash)
    if (alike === undefined) this.entries.set(key.hash, [made])
    else alike.push(made)
    this.bytes += bytes
    this.count(text, inputs)
    while (this.size > 1 && (this.size > MOST_PLANS || this.bytes > MOST_BYTES)) this.forget()
    return made
  }
  /** The same key planned again. */
  replace(c: Cached, executable: Executable, tier: Tier): void {
    this.release(c.executable)
    this.bytes += executable.bytes - c.executable.bytes
    Object.assign(c, { executable, tier, bytes: c.bytes + executable.bytes - c.executable.bytes })
  }
  private forget(): void {
    const oldest = [...this.entries.values()].flat().reduce((x, y) => (y.used < x.used ? y : x))
    const others = (this.entries.get(oldest.hash) as Cached[]).filter((c) => c !== oldest)
    if (others.length === 0) this.entries.delete(oldest.hash)
    else this.entries.set(oldest.hash, others)
    this.size--
    oldest.forgotten = true
    this.bytes -= oldest.bytes
    this.release(oldest.executable)
  }
  private count(key: string, inputs: readonly Node[]): void {
    const types = inputs.flatMap((x) => (x.op === SLOT ? [] : [typeName(x)]))
    const id = familyOf(key)
    const family = this.families.get(id) ?? { first: types, size: 0 }
    if (this.families.size < 8 * MOST_PLANS || family.size > 0) this.families.set(id, family)
    if (++family.size === MANY) warn(family.first, types)
  }
}
const warn = (first: readonly string[], last: readonly string[]): void => {
  const at = first.findIndex((t, i) => t !== last[i])
  if (at < 0) return
  const dim = varyingDim([first[at] as string, last[at] ?? ''])
  const what = dim === null ? `the type of operand ${at}` : `axis ${dim} of operand ${at}`
  process.stderr.write(`cotangent: ${MANY} programs were planned that differ only in sizes, as in ${what} (${first[at]}, …, ${last[at]}): pad to a few fixed sizes\n`)
}
