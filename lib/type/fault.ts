/**
 * Everything that can go wrong, as one closed union. A `Fault` is an `Error` with a `_tag`; its message is one sentence
 * that says what happened, where, and what to do. Pure floors throw it (a defect at the line that made the node), the
 * effects of `run/` return it as the left side; both are the same values.
 */
export type FaultTag =
  | 'ShapeMismatch'       // operands whose shapes do not fit the op's shape law
  | 'DTypeMismatch'       // a dtype the op does not take, a number outside its dtype
  | 'DeviceMismatch'      // operands on different devices
  | 'RaggedArray'         // nested arrays of unequal lengths
  | 'IndexOutOfRange'     // a host index or axis outside its tensor; under checked an index tensor's too
  | 'InvalidArgument'     // a setting that makes no sense
  | 'OpenGraph'           // running what still depends on a transform's variable
  | 'SingularMatrix'      // under checked: a system of which a matrix has no inverse
  | 'NotPositiveDefinite' // under checked: a matrix without a Cholesky factor
  | 'NaNFound'            // under debugNans: the op and the line that gave a NaN
  | 'KeyReused'           // under debugKeyReuse: the key, and the lines that used it
  | 'NotDifferentiable'   // grad of a non-scalar, of integers, through an op without a rule
  | 'ForeignTensor'       // a value that belongs to another backend instance
  | 'Consumed'            // touching a tensor that was consumed by a run
  | 'OutOfMemory'         // an allocation that failed, with the largest holders
  | 'BackendFailure'      // the backend itself failed: kernel missing, plan refused
  | 'DeviceUnavailable'   // no such device on this machine
  | 'DecodeError'         // bytes from outside that are not what they claim to be
  | 'FileError'           // the file system said no
  | 'Interrupted'         // stopped on request, state saved

export class Fault<T extends FaultTag = FaultTag> extends Error {
  readonly _tag: T
  /** Where in the user's program, when known. */
  readonly where: string | undefined
  constructor(tag: T, message: string, options: { readonly cause?: unknown; readonly where?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = tag
    this._tag = tag
    this.where = options.where
  }
}

/** Throws a `Fault`: an expression, so that it can stand where a value is wanted. */
export const fail = (tag: FaultTag, message: string): never => {
  throw new Fault(tag, message)
}

export const isFault = (e: unknown): e is Fault => e instanceof Fault
