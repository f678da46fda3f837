/** The instruction that copies one operand onto another. Complex numbers go as twice as many reals. */
import type { Instruction, View } from '../../ir/program.js'
import { copyOf } from '../../prim/assembly.js'
import { planeOf } from '../../prim/index.js'
import type { Operand } from '../../prim/index.js'
import { isComplex } from '../../type/dtype.js'

const asReals = (v: View): View => {
  const first = planeOf(v, 0)
  return { ...first, strides: [...first.strides, 1] }
}
export const copyTo = (from: Operand, to: Operand): Instruction =>
  isComplex(to.view.dtype) ? copyOf([...to.shape, 2], asReals(from.view), asReals(to.view)) : copyOf(to.shape, from.view, to.view)
