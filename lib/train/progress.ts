/**
 * How far a training is, for people: a bar that redraws itself on a terminal, one line an epoch elsewhere (log files, CI).
 * `Progress` is the whole of what a training asks of a display, so any other is three functions.
 */
import type { FitEvent, Means } from './event.js'

export interface Progress {
  readonly begin: (label: string, total: number) => void
  readonly advance: (done: number, note: string) => void
  /** The bar is done; the note stays. */
  readonly end: (note: string) => void
}
/** Where text goes: process.stdout and the like. */
export interface Sink { readonly write: (text: string) => unknown; readonly isTTY?: boolean }

/**
 * One line for each bar when it is done, nothing before.
 * @example const said: string[] = []
 *   lines({ write: (text) => said.push(text) }).end('loss 0.1')
 *   deepClose(said, ['  loss 0.1\n'])
 */
export const lines = (to: Sink = process.stdout): Progress => {
  let label = ''
  return {
    begin: (name) => void (label = name),
    advance: () => undefined,
    end: (note) => void to.write(`${label}  ${note}\n`),
  }
}
type CliProgress = typeof import('cli-progress')
const drawn = ({ default: { SingleBar, Presets } }: { readonly default: CliProgress }, to: NodeJS.WriteStream): Progress => {
  const format = '{label} |{bar}| {value}/{total}  {note}'
  const made = () => new SingleBar({ format, barsize: 24, hideCursor: true, fps: 20, stream: to }, Presets.shades_classic)
  let bar = made(), done = 0
  return {
    begin: (label, total) => {
      bar = made()
      bar.start(total, (done = 0), { label, note: '' })
    },
    advance: (n, note) => bar.update((done = n), { note }),
    end: (note) => {
      bar.update(done, { note })
      bar.stop()
    },
  }
}
/**
 * A bar drawn by cli-progress when the stream is a terminal and the package is installed, else plain lines.
 * @example deepClose(Object.keys(await bar()), ['begin', 'advance', 'end'])
 */
export const bar = async (to: NodeJS.WriteStream = process.stdout): Promise<Progress> => {
  if (to.isTTY !== true) return lines(to)
  const found = await import('cli-progress').catch(() => null)
  return found === null ? lines(to) : drawn(found as unknown as { readonly default: CliProgress }, to)
}

const numeral = (x: number): string => (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e4 ? x.toFixed(4) : x === 0 ? '0' : x.toExponential(2))
const words = (means: Means): string[] => Object.entries(means).filter(([name]) => name !== 'epoch').map(([name, x]) => `${name} ${numeral(x)}`)
const speed = (perSecond: number, unit: string): string => `${Math.round(perSecond).toLocaleString('en-US')} ${unit}/s`

/**
 * A listener that shows a training: a bar an epoch with running means and examples a second.
 * @example deepClose(typeof showing(lines(), { unit: 'images' }), 'function')
 */
export const showing = (progress: Progress, { unit = 'examples' }: { readonly unit?: string } = {}) => {
  let open = -1
  return (e: FitEvent<unknown>): void => {
    if (e.type === 'step') {
      if (open !== e.epoch) progress.begin(`epoch ${e.epoch + 1}/${e.epochs}`, e.batches)
      open = e.epoch
      progress.advance(e.batch, [...words(e.means), speed(e.perSecond, unit)].join('  '))
    } else if (e.type === 'epoch') {
      if (open !== e.epoch) progress.begin(`epoch ${e.epoch + 1}/${e.epochs}`, 1)
      progress.end([...words(e.row), speed(e.perSecond, unit)].join('  '))
      open = -1
    } else if (e.type === 'end' && open >= 0) progress.end('interrupted')
  }
}
