/** `npx cotangent doctor` knows every package that cotangent can use. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { doctor, peers } from '../../lib/run/doctor.js'

it('lists the peers of package.json', () => {
  const { peerDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly peerDependencies: object }
  expect(Object.keys(peers).sort()).toEqual(Object.keys(peerDependencies).sort())
})
it('finds this Node fit, and nothing broken', () => {
  const { text, broken } = doctor()
  expect(text).toContain(process.versions.node)
  expect(broken).toBe(false)
})
