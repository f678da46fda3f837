/**
 * The packages that draw, loaded when first needed: they are optional peers, and a training machine without them
 * still trains. Law: a missing package is one sentence with the command that installs it, never a stack of loader
 * internals.
 */
import { Fault } from '../type/fault.js'

/** A module, or a FileError that says what to install. */
const peer = async <M>(name: string, load: () => Promise<M>): Promise<M> => {
  try {
    return await load()
  } catch (cause) {
    throw new Fault(
      'FileError',
      `Plots need the package ${name}, which is not installed or does not load: run \`npm install @observablehq/plot linkedom @resvg/resvg-js\`.`,
      { cause },
    )
  }
}

/**
 * Observable Plot; rejects with FileError when it is not installed.
 * @example const Plot = await observablePlot()
 */
export const observablePlot = () => peer('@observablehq/plot', () => import('@observablehq/plot'))

/**
 * An empty document for Plot to draw in; rejects with FileError when linkedom is not installed.
 * @example const document = await blankDocument()
 */
export const blankDocument = async () =>
  (await peer('linkedom', () => import('linkedom'))).parseHTML('<!doctype html><html><body></body></html>').document

/**
 * The rasterizer; rejects with FileError when it is not installed.
 * @example const { Resvg } = await rasterizer()
 */
export const rasterizer = () => peer('@resvg/resvg-js', () => import('@resvg/resvg-js'))
