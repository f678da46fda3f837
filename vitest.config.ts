/** One process a core, no isolation lost: the addon and its pool are per process. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: process.env['COTANGENT_REPORT'] ? ['default', ['json', { outputFile: process.env['COTANGENT_REPORT'] }]] : ['default'],
  },
})
