/**
 * Writing a file so that a reader sees the old bytes or the new ones, never a part. Law: at every moment, kills
 * and power cuts included, `path` holds a complete earlier version or the complete new one. The way: a temporary
 * file in the same folder, its bytes synced to the disk, one rename over `path`, then the folder synced. Writing
 * in place with a backup was rejected: it has moments without a good file at the name. Temporary names say host,
 * process and thread, so the leftovers of killed writers are known and removed at the next write in that folder.
 */
import { createHash } from 'node:crypto'
import { open, readdir, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { atFile } from './fileFault.js'

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const temporary = /^\.cotangent-([0-9a-f]{8})-(\d+)-(\d+)-(\d+)\.tmp$/
const day = 86_400_000
const pieceBytes = 1 << 26
const writing = new Set<string>()
let written = 0

/**
 * Replaces a file by the given bytes, all or nothing; rejects with FileError, the previous file being untouched.
 * @example await writeAtomic('notes.txt', [new TextEncoder().encode('hello')])
 */
export const writeAtomic = (path: string, pieces: Iterable<Uint8Array>): Promise<void> =>
  atFile(path, 'write', async () => {
    const target = await realpath(path).catch(() => path)
    await sweep(dirname(target))
    await withTemporary(dirname(target), async (temp) => {
      await fill(temp, pieces, await modeOf(target))
      await rename(temp, target)
    })
    await syncFolder(dirname(target))
  })

const withTemporary = async (folder: string, effect: (temp: string) => Promise<void>): Promise<void> => {
  const temp = join(folder, `.cotangent-${host}-${process.pid}-${threadId}-${written++}.tmp`)
  writing.add(basename(temp))
  try {
    await effect(temp)
  } catch (cause) {
    await unlink(temp).catch(() => undefined)
    throw cause
  } finally {
    writing.delete(basename(temp))
  }
}

const fill = async (temp: string, pieces: Iterable<Uint8Array>, mode: number): Promise<void> => {
  const file = await open(temp, 'wx', mode)
  try {
    for (const bytes of pieces) await writeAll(file, bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

const writeAll = async (file: FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(pieceBytes, bytes.length - at))
    at += bytesWritten
  }
}

const modeOf = (path: string): Promise<number> =>
  stat(path).then(
    (s) => s.mode & 0o777,
    () => 0o666,
  )

/** Windows cannot sync a folder; there the rename alone has to do. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

const sweep = async (folder: string): Promise<void> => {
  const names = await readdir(folder)
  await Promise.all(
    names.map(async (name) => {
      if (await isLeftover(folder, name)) await unlink(join(folder, name)).catch(() => undefined)
    }),
  )
}

/** Another host's process cannot be asked whether it lives: its file counts as left over after a day. */
const isLeftover = async (folder: string, name: string): Promise<boolean> => {
  const [, byHost, pid, thread] = temporary.exec(name) ?? []
  if (byHost === undefined || writing.has(name)) return false
  if (byHost !== host)
    return stat(join(folder, name)).then(
      (s) => Date.now() - s.mtimeMs > day,
      () => false,
    )
  return Number(pid) === process.pid ? Number(thread) === threadId : !isAlive(Number(pid))
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as { readonly code?: string }).code !== 'ESRCH'
  }
}
