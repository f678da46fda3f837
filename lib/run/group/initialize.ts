/** The door to other processes. What joins them is loaded when somebody asks: a program alone needs no sockets at its start. */
import type { World } from './world.js'

let world: Promise<World> | null = null
/**
 * Joins the processes of this job, as mpirun or srun started them; a program that was started alone is a world of one. From
 * then on a process that throws or exits early ends the job, and so does a collective that takes longer than `timeout`
 * seconds (COTANGENT_COLLECTIVE_TIMEOUT, or 300).
 * @shape settings → world
 * @throws DeviceUnavailable, with what to do, where the processes cannot meet.
 * @example const world = await initialize(); deepClose([world.rank, world.size], [0, 1])
 */
export const initialize = (settings: { readonly timeout?: number } = {}): Promise<World> => (world ??= import('./world.js').then(({ begin }) => begin(settings.timeout)))
