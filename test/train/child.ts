/**
 * A child process of resume.test.ts: trains with checkpoints at argv[2] for argv[3] epochs, resuming what is there, prints
 * each event and at its end the digest of all state. SIGINT makes it save and end. argv[4] is a pause after each step.
 */
import { fit, follow, interruption } from '../../lib/train/index.js'
import { digest, settings } from './training.js'

const [, , path = '', epochs = '1', pause = '0'] = process.argv
const { signal, release } = interruption()
const slow = (): Promise<void> => new Promise((done) => setTimeout(done, Number(pause)))
const end = await follow(
  fit({ ...settings, epochs: Number(epochs), resume: true, signal, logEvery: 1, checkpoint: { path, config: { epochs }, everySteps: 7 } }),
  (e) => void process.stdout.write(`${e.type} ${'step' in e ? e.step : ''}\n`),
  slow,
)
release()
process.stdout.write(`${end.reason}: ${await digest(end.state)} ${JSON.stringify(end.history)}\n`)
