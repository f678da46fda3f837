/**
 * Devices as literals. A tensor without leaves (a literal, zeros, what is computed from them alone) lives everywhere:
 * its device is `never`, the bottom of the covariant V, so it goes where a tensor on any device is wanted, and a
 * binary op simply has the union V | W. Two different devices are refused before that (`SameDevice`).
 */
/** Reserved: a tensor sharded over `n` devices along a named axis; one literal, mixing with nothing else. */
export type Mesh<Name extends string = string, N extends number = number, V extends string = string> =
  `mesh(${Name}=${N},${V})`
export type Device = 'cpu' | `cpu:${number}` | `cuda:${number}` | Mesh

type Within<A, B> = A extends B ? true : false
/** One device, or none at all on either side, or a forgotten one (`Device`). The box decides it for a type
 *  parameter. */
export type SameDevice<V, W> = Within<[W], [V]> extends true ? true : Within<[V], [W]>
export type DeviceError<V, W> =
  `operands are on different devices (${V & string} and ${W & string}): transfer one of them`
/** The device of a result: V | W when they may be mixed, else the message. */
export type JoinDevice<V, W> = SameDevice<V, W> extends true ? V | W : DeviceError<V, W>

/** A device at run time, `null` for none: the run-time twin of `JoinDevice`, whose messages begin with 'operands'. */
export const joinDevice = (a: Device | null, b: Device | null): { device: Device | null } | string =>
  a === null || b === null || a === b ? { device: a ?? b }
  : `operands are on different devices (${a} and ${b}): transfer one of them`
