/** The one session of the benchmarks, on the CPU. */
import { session as open } from '../../lib/index.js'
import type { Device, Tensor } from '../../lib/index.js'

export const session = open()
export const item = (x: Tensor<[], 'f32', Device>): number => session.item.sync(x)
