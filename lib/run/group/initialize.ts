/** The door to other processes. What joins them is loaded when somebody asks: a program alone needs no sockets at its start. */
import type { World } from './world.js'

let world: Promise<World> | null = null
export interface Joining {
  /** Seconds that a collective may take. */
  readonly timeout?: number
  /** Where rank 0 answers, as host:port, for processes that no launcher started; with it go `size` and `rank`. */
  readonly address?: string
  readonly size?: number
  readonly rank?: number
}
/**
 * Joins the processes of this job, as mpirun, srun or torchrun started them, or those that were told an address; a program
 * that was started alone is a world of one. From then on a process that throws or exits early ends the job, and so does a
 * collective that takes longer than `timeout` seconds (COTANGENT_COLLECTIVE_TIMEOUT, or 300).
 * @shape settings → world
 * @throws DeviceUnavailable, with what to do, where the processes cannot meet; InvalidArgument for an address, size or rank that is none.
 * @example const world = await initialize(); deepClose([world.rank, world.size], [0, 1])
 */
export const initialize = (settings: Joining = {}): Promise<World> => (world ??= import('./world.js').then(({ begin }) => begin(settings)))
