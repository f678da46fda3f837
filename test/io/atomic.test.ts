import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeAtomic } from '../../lib/io/atomic.js'
import { fileFault } from '../../lib/io/fileFault.js'

const bytes = (text: string): Uint8Array[] => [new TextEncoder().encode(text)]
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-atomic-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('writeAtomic', () => {
  test('writes all pieces in order and leaves nothing else', async () => {
    await writeAtomic(join(folder, 'a'), [...bytes('one '), ...bytes(''), ...bytes('two')])
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('one two')
    expect(await readdir(folder)).toEqual(['a'])
  })

  test('a writer that fails half-way leaves the previous file and no leftover', async () => {
    const path = join(folder, 'a')
    await writeAtomic(path, bytes('old'))
    const failing = function* (): Iterable<Uint8Array> {
      yield* bytes('new')
      throw new Error('cable pulled')
    }
    await expect(writeAtomic(path, failing())).rejects.toMatchObject({ _tag: 'FileError' })
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['a'])
  })

  test('keeps the mode of the file and follows a link to it', async () => {
    await writeAtomic(join(folder, 'a'), bytes('old'))
    await chmod(join(folder, 'a'), 0o600)
    await symlink('a', join(folder, 'link'))
    await writeAtomic(join(folder, 'link'), bytes('new'))
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new')
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o600)
  })

  test('leftovers of dead writers are removed, those of living and unknown ones are kept', async () => {
    const own = (await import('node:crypto'))
      .createHash('sha256')
      .update((await import('node:os')).hostname())
      .digest('hex')
      .slice(0, 8)
    const names = {
      dead: `.cotangent-${own}-4194999-0-0.tmp`,
      living: `.cotangent-${own}-1-0-0.tmp`,
      elsewhere: '.cotangent-00000000-7-0-0.tmp',
      old: '.cotangent-00000000-7-0-1.tmp',
      other: '.other.tmp',
    }
    for (const name of Object.values(names)) await writeFile(join(folder, name), '')
    await utimes(join(folder, names.old), 1, 1)
    await writeAtomic(join(folder, 'a'), bytes('x'))
    expect((await readdir(folder)).sort()).toEqual([names.living, names.elsewhere, names.other, 'a'].sort())
  })

  test('many writers at once: one of the versions stands, whole', async () => {
    const versions = Array.from({ length: 20 }, (_, i) => String(i).repeat(100_000))
    await Promise.all(versions.map((text) => writeAtomic(join(folder, 'a'), bytes(text))))
    expect(versions).toContain(await readFile(join(folder, 'a'), 'utf8'))
    expect(await readdir(folder)).toEqual(['a'])
  })

  test('a missing folder or a folder in the way is a sentence', async () => {
    await expect(writeAtomic(join(folder, 'no', 'a'), [])).rejects.toThrow(
      /^Could not write .*no\/a: there is no such file or folder: check the path\.$/,
    )
    await mkdir(join(folder, 'dir'))
    await expect(writeAtomic(join(folder, 'dir'), [])).rejects.toMatchObject({ _tag: 'FileError' })
    expect(await readdir(folder)).toEqual(['dir'])
  })

  test('a full disk is a sentence', () => {
    expect(fileFault('a', 'write', { code: 'ENOSPC' }).message).toBe(
      'Could not write a: the disk is full: free some space or choose another disk; what was there before is untouched.',
    )
  })
})
