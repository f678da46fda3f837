/** One process a core, no isolation lost: the addon and its pool are per process. Samples are the same in every run. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** The files that take longest begin: one of them at the end would have the other process wait. A new checkout knows no times. */
const LONGEST = ['golden/golden', 'tensor/batching', 'laws/primitive', 'laws/program', 'teeth/registry', 'run/world', 'train/demo', 'native/structured', 'docs/pages', 'tensor/fft', 'tensor/densities']
const turn = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
  return at < 0 ? LONGEST.length : at
}
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => turn(a) - turn(b))
  }
}


const lib = (name: string): string => join(import.meta.dirname, name)
export default defineConfig({
  // What examples and the bench import as users do is what tests import: one copy.
  resolve: {
    alias: [
      { find: /^cotangent$/, replacement: lib('lib/index.ts') },
      { find: /^cotangent\/laws$/, replacement: lib('laws/index.ts') },
      { find: /^cotangent\/(fp|data|io|train|plot)$/, replacement: lib('lib/$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: process.env['COTANGENT_DEEP'] ? 600_000 : 120_000,
    hookTimeout: 120_000,
    reporters: process.env['COTANGENT_REPORT'] ? ['default', ['json', { outputFile: process.env['COTANGENT_REPORT'] }]] : ['default'],
  },
})
