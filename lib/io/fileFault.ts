/**
 * What the file system says, as one sentence each. Every function of io/ that touches a file goes through
 * `atFile`, so that a full disk, a missing folder or a denied permission reads the same everywhere and never shows
 * an errno to someone who only wanted to save a model. A `Fault` that passes through (a DecodeError) is left as it
 * is.
 */
import { Fault, isFault } from '../type/fault.js'

const advice: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder: check the path',
  EACCES: 'permission was denied: choose a path this user may use',
  EPERM: 'the operation is not permitted: choose a path this user may use',
  EISDIR: 'the path is a folder: give the path of a file',
  ENOTDIR: 'a part of the path is a file, not a folder: check the path',
  ENOSPC: 'the disk is full: free some space or choose another disk; what was there before is untouched',
  EDQUOT: 'the disk quota is used up: free some space; what was there before is untouched',
  EFBIG:
    'the file would pass the size limit of this process or disk (see `ulimit -f`); what was there before is untouched',
  EROFS: 'the disk is mounted read-only: choose another path',
  EMFILE: 'too many files are open in this process: close some, or raise `ulimit -n`',
  EIO: 'the disk reported an error: its data may be damaged',
}

/**
 * The FileError for an error of node:fs.
 * @example fileFault('m.safetensors', 'read', { code: 'ENOENT' })._tag // 'FileError'
 */
export const fileFault = (path: string, doing: string, cause: unknown): Fault<'FileError'> => {
  const { code, message } = cause as { readonly code?: string; readonly message?: string }
  const why = advice[code ?? ''] ?? `the file system said "${code ?? message ?? String(cause)}"`
  return new Fault('FileError', `Could not ${doing} ${path}: ${why}.`, { cause })
}

/**
 * Runs an effect on a file; what it throws becomes a FileError that names the path, except a Fault, which passes.
 * @example await atFile('notes.txt', 'read', async () => 'text') // 'text'
 */
export const atFile = async <A>(path: string, doing: string, effect: () => Promise<A>): Promise<A> => {
  try {
    return await effect()
  } catch (cause) {
    throw isFault(cause) ? cause : fileFault(path, doing, cause)
  }
}
