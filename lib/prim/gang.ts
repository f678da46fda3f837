/**
 * The reference meaning of a gang: one body on n devices that meet in collectives. The devices are evaluated one after the
 * other. One that comes to a meeting whose outcome nobody knows yet stops there; when all have stopped, what they brought
 * gives the outcome, and all begin again. That is quadratic in the number of meetings, and it needs no threads, takes any
 * control flow, and sees at once when devices do not meet in the same collective.
 */
import { typeName } from '../ir/node.js'
import { bodiesOf } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import type { Host, Node } from '../ir/node.js'
import { Fault } from '../type/fault.js'

/** What a device brings to a meeting. */
export interface Brought { readonly op: string; readonly x: Host; readonly outcome: (xs: readonly Host[]) => readonly Host[] }
class Waiting {
  readonly gang: Gang
  readonly brought: Brought
  constructor(gang: Gang, brought: Brought) {
    this.gang = gang
    this.brought = brought
  }
}
/** The devices of an axis from this one on. */
export type Rows = { readonly axis: string; readonly first: number }
const open = new Map<string, Gang>()
/** The devices that are being evaluated, from the outermost axis inwards. */
export const atWork = (): string => [...open].map(([axis, g]) => deviceName(axis, g.device)).join(': ')
const deviceName = (axis: string, device: number): string => `device ${device} of '${axis}'`
/** A fault of one device as that of the call: it names the device, of several axes the outermost (the last row) first. */
export const onDevice = (rows: readonly Rows[], places: readonly number[], e: Fault): Fault =>
  (rows.length === 0 ? e : new Fault(e._tag, `${rows.map((r, i) => deviceName(r.axis, r.first + (places[i] as number))).reverse().join(': ')}: ${e.message}`, e.where === undefined ? { cause: e } : { cause: e, where: e.where }))
const describe = (device: number, w: Brought | null): string => (w === null ? `device ${device} has finished` : `device ${device} calls ${w.op} of ${typeName(w.x)}`)

class Gang {
  private readonly axis: string
  private readonly known: (readonly Host[])[] = []
  device = 0
  private at = 0
  constructor(axis: string) {
    this.axis = axis
  }
  meet(brought: Brought): Host {
    const outcome = this.known[this.at]
    if (outcome === undefined) throw new Waiting(this, brought)
    this.at++
    return outcome[this.device] as Host
  }
  /** What a device gives, or what it waits with. */
  private attempt<A>(device: number, f: (device: number) => A): { readonly gave: A } | { readonly waits: Brought } {
    const outer = open.get(this.axis)
    this.device = device
    this.at = 0
    open.set(this.axis, this)
    try {
      return { gave: f(device) }
    } catch (e) {
      if (e instanceof Waiting && e.gang === this) return { waits: e.brought }
      throw e instanceof Fault ? onDevice([{ axis: this.axis, first: 0 }], [device], e) : e
    } finally {
      if (outer === undefined) open.delete(this.axis)
      else open.set(this.axis, outer)
    }
  }
  run<A>(size: number, f: (device: number) => A): A[] {
    for (;;) {
      const tries = Array.from({ length: size }, (_, d) => this.attempt(d, f))
      if (tries.every((t) => 'gave' in t)) return tries.map((t) => t.gave)
      const waits = tries.map((t) => ('waits' in t ? t.waits : null))
      const other = waits.findIndex((w) => w?.op !== waits[0]?.op || (w !== null && typeName(w.x) !== typeName((waits[0] as Brought).x)))
      if (other > 0) throw new Fault('InvalidArgument', `the devices along axis '${this.axis}' do not meet: ${describe(0, waits[0] as Brought | null)}, ${describe(other, waits[other] as Brought | null)}; every device must call the same collectives in the same order`)
      this.known.push((waits[0] as Brought).outcome(waits.map((w) => (w as Brought).x)))
    }
  }
}
/** f on every device along an axis; collectives inside meet. */
export const onDevices = <A>(axis: string, size: number, f: (device: number) => A): A[] => new Gang(axis).run(size, f)
/** A collective: what this device gets for what it brings. */
export const meet = (axis: string, brought: Brought): Host => {
  const gang = open.get(axis)
  if (gang === undefined) throw new Fault('OpenGraph', `${brought.op}: nothing binds axis '${axis}' here`)
  return gang.meet(brought)
}

// ---- compiled ----------------------------------------------------------------------------------------------------
let opening: Rows | null = null
/** The devices that are being put into one plan. */
export const openingRows = (): Rows | null => opening
/** While f opens a body over all devices that an axis has here at once. */
export const openingFor = <A>(rows: Rows, f: () => A): A => {
  const outer = opening
  opening = rows
  try {
    return f()
  } finally {
    opening = outer
  }
}
/** Collectives, and nothing else but pmap, have an axis by name. */
export const isCollective = (x: Node): boolean => x.op !== 'pmap' && typeof x.params['axis'] === 'string'
/** Is this a collective along the axis? */
export const meets = (x: Node, axis: string): boolean => isCollective(x) && x.params['axis'] === axis
/** A meeting in a body, those that it holds included. */
export const meetingIn = (g: Graph, axis: string): Node | undefined => {
  for (const x of g.nodes) {
    if (meets(x, axis)) return x
    for (const body of bodiesOf(x)) {
      const found = meetingIn(body, axis)
      if (found !== undefined) return found
    }
  }
  return undefined
}
/** Bodies that each device enters by a choice of its own have no meetings of all devices. */
export const refuseMeetings = (where: string, bodies: readonly Graph[]): void => {
  if (opening === null) return
  const { axis } = opening
  const found = bodies.map((g) => meetingIn(g, axis)).find((x) => x !== undefined)
  if (found !== undefined) throw new Fault('InvalidArgument', `the devices along axis '${axis}' do not meet: ${found.op} of ${typeName(found.args[0] as Node)} stands in a ${where} that each device decides for itself; every device must call the same collectives in the same order`)
}
