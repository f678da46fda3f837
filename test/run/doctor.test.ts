/** `npx cotangent doctor` knows every package that cotangent can use. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { doctor, examine, peers, threads } from '../../lib/run/doctor.js'

it('lists the peers of package.json', () => {
  const { peerDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly peerDependencies: object }
  expect(Object.keys(peers).sort()).toEqual(Object.keys(peerDependencies).sort())
})
it('finds this Node fit, and nothing broken', () => {
  const { text, broken } = doctor()
  expect(text).toContain(process.versions.node)
  expect(broken).toBe(false)
})
it('asks for fewer threads only where there are more than the addon would take itself', () => {
  const said = (used: number, cores: number, granted: number): string => `${threads(used, cores, granted).state} ${threads(used, cores, granted).says}`
  expect(said(2, 2, Infinity)).toMatch(/^fine 2 used(?!.*grants)/)
  expect(said(2, 2, 1.5)).toMatch(/^fine 2 used; .*the container grants 1\.5/)
  expect(said(4, 2, 1.5)).toMatch(/^hint 4 used; .*set COTANGENT_THREADS=2$/)
})
it('speaks of memory without the addon too', () => {
  const found = examine({ missing: 'there is none' })
  expect(found.map((f) => f.topic)).toEqual(['Node', 'native addon', 'memory', 'CUDA', 'packages'])
  expect(found[1]?.says).toMatch(/^there is none/)
  expect(found[2]?.says).toMatch(/^[\d.]+ GiB, [\d.]+ GiB free/)
})
