/** The instruction that copies one operand onto another. */
import type { Instruction } from '../../ir/program.js'
import { copyOf } from '../../prim/assembly.js'
import type { Operand } from '../../prim/index.js'

export const copyTo = (from: Operand, to: Operand): Instruction => copyOf(to.shape, from.view, to.view)
