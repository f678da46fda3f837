/** One process a core, no isolation lost: the addon and its pool are per process. Samples are the same in every run. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: process.env['COTANGENT_DEEP'] ? 600_000 : 120_000,
    hookTimeout: 120_000,
    reporters: process.env['COTANGENT_REPORT'] ? ['default', ['json', { outputFile: process.env['COTANGENT_REPORT'] }]] : ['default'],
  },
})
