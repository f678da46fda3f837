/** The root of the checkout, from the sources and from `dist` alike. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const above = (folder: string): string => (existsSync(join(folder, 'package.json')) ? folder : above(dirname(folder)))
export const root = above(import.meta.dirname)
