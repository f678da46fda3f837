/** The demo's command line: what it understands, and one sentence for anything else. */
import { describe, expect, test } from 'vitest'
import { BadOption, parse, usage } from '../../docs/examples/demo/options.js'

describe('the demo\'s options', () => {
  test('have defaults', () => {
    expect(parse([])).toMatchObject({ dataset: 'mnist', seed: 0, optimizer: 'sgd', device: 'auto', devices: 1, out: 'runs/mnist-seed0', resume: false, help: false })
    expect(parse(['--optimizer', 'adam']).lr).toBeLessThan(parse([]).lr)
  })
  test('do what they say', () => {
    const said = parse(['--seed', '3', '--epochs=2', '--batch-size', '8', '--lr', '1e-2', '--optimizer', 'rmsprop', '--device', 'cpu', '--devices', '2', '--dataset', 'fashion-mnist', '--data', '/d', '--out', 'o', '--resume'])
    expect(said).toEqual({ dataset: 'fashion-mnist', data: '/d', seed: 3, epochs: 2, batchSize: 8, lr: 0.01, optimizer: 'rmsprop', device: 'cpu', devices: 2, out: 'o', resume: true, help: false })
  })
  test('are all in the help', () => {
    for (const name of Object.keys(parse([])).filter((n) => n !== 'data')) expect(usage).toContain(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} `.replace('--help ', '--help'))
  })
  test.each([
    [['--epochs', '0'], "--epochs must be a whole number of at least 1, not '0'."], [['--epochs', '1.5'], "--epochs must be a whole number of at least 1, not '1.5'."],
    [['--seed=-1'], "--seed must be a whole number of at least 0, not '-1'."], [['--lr', 'fast'], "--lr must be a positive number, not 'fast'."],
    [['--lr='], "--lr must be a positive number, not ''."], [['--optimizer', 'sdg'], "--optimizer must be sgd or adam or adamw or rmsprop, not 'sdg'."],
    [['--device', 'cuda:0'], "--device must be auto or cpu, not 'cuda:0'."], [['--dataset', 'cifar'], "--dataset must be mnist or fashion-mnist, not 'cifar'."],
    [['--devices', '0'], "--devices must be a whole number of at least 1, not '0'."], [['--speed', '1'], "Unknown option '--speed'; --help lists the options."], [['digits'], "Unexpected argument 'digits'; --help lists the options."],
    [['--seed', '-1'], "Option '--seed' argument is ambiguous; --help lists the options."],
  ])('%j is one sentence', (args, sentence) => {
    expect(() => parse(args)).toThrow(BadOption)
    expect(() => parse(args)).toThrow(new BadOption(sentence))
  })
})
