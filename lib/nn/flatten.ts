/** Flattening an example to one axis. */
import { flatten as flat } from '../tensor/index.js'
import type { FlattenL, Layer } from '../type/index.js'
import { sizeOf } from '../type/index.js'
import { layer, pure } from './definition.js'

/**
 * All axes of an example become one.
 * @shape [...s] → [prod(s)]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Flatten.html
 * @example deepClose(nn.model([16, 6, 6], nn.flatten).output, [576])
 */
export const flatten: Layer<FlattenL> = layer(pure({ kind: 'flatten', shape: (input) => [sizeOf(input)], apply: (x) => flat(x, { from: 1 }) }))
