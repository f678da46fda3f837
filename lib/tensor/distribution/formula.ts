/** The special functions inside formulas: public functions of f64 nodes are formulas of f64 nodes. */
import type { Node } from '../../ir/node.js'
import * as special from '../special/index.js'

type Formula = (...xs: readonly Node[]) => Node
const inside = (f: unknown): Formula => f as Formula
export const betainc = inside(special.betainc)
export const betaln = inside(special.betaln)
export const gammainc = inside(special.gammainc)
export const gammaincc = inside(special.gammaincc)
export const gammaln = inside(special.gammaln)
export const i0e = inside(special.i0e)
export const logNdtr = inside(special.logNdtr)
export const logit = inside(special.logit)
export const ndtr = inside(special.ndtr)
export const ndtri = inside(special.ndtri)
export const xlog1py = inside(special.xlog1py)
export const xlogy = inside(special.xlogy)
