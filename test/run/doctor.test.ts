/** `npx cotangent doctor` knows every package that cotangent can use. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { doctor, granted, peers } from '../../lib/run/doctor.js'

it('lists the peers of package.json', () => {
  const { peerDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly peerDependencies: object }
  expect(Object.keys(peers).sort()).toEqual(Object.keys(peerDependencies).sort())
})
it('finds this Node fit, and nothing broken', () => {
  const { text, broken } = doctor()
  expect(text).toContain(process.versions.node)
  expect(broken).toBe(false)
})
it('the smallest limit of the own control group and of all around it counts, in both versions', () => {
  const root = mkdtempSync(join(tmpdir(), 'cotangent-groups-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `${text}\n`)
  }
  expect(granted(root)).toEqual({ cores: Infinity, bytes: Infinity })
  write('sys/fs/cgroup/cpu.max', '400000 100000')
  write('sys/fs/cgroup/memory.max', 'max')
  write('sys/fs/cgroup/a/cpu.max', '150000 50000')
  write('sys/fs/cgroup/a/b/cpu.max', 'max 100000')
  write('sys/fs/cgroup/a/b/memory.max', '3000000')
  expect(granted(root)).toEqual({ cores: 4, bytes: Infinity })
  write('proc/self/cgroup', '1:name=systemd:/\n0::/a/b')
  expect(granted(root)).toEqual({ cores: 3, bytes: 3_000_000 })
  rmSync(join(root, 'sys'), { recursive: true })
  write('proc/self/cgroup', '5:memory:/m\n4:cpu,cpuacct:/a/b')
  write('sys/fs/cgroup/cpu/cpu.cfs_quota_us', '-1')
  write('sys/fs/cgroup/cpu/a/cpu.cfs_quota_us', '200000')
  write('sys/fs/cgroup/cpu/a/cpu.cfs_period_us', '100000')
  write('sys/fs/cgroup/memory/m/memory.limit_in_bytes', '5000000')
  expect(granted(root)).toEqual({ cores: 2, bytes: 5_000_000 })
  rmSync(root, { recursive: true })
})
