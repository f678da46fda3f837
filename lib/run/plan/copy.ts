/** The instruction that copies one operand onto another. Complex numbers go as twice as many reals. */
import type { Instruction } from '../../ir/program.js'
import { copyOf } from '../../prim/assembly.js'
import { pairsOf } from '../../prim/index.js'
import type { Operand } from '../../prim/index.js'
import { isComplex } from '../../type/dtype.js'

export const copyTo = (from: Operand, to: Operand): Instruction =>
  isComplex(to.view.dtype) ? copyOf([...to.shape, 2], pairsOf(from.view), pairsOf(to.view)) : copyOf(to.shape, from.view, to.view)
