/** One copy of the library in a process: a second one would not know the first one's tensors, so it says so at once. */
const mark = Symbol.for('cotangent@1')

export const single = (): void => {
  const world = globalThis as unknown as Record<symbol, string | undefined>
  const here = import.meta.url
  const first = world[mark]
  if (first !== undefined && first !== here) process.stderr.write(`cotangent: a second copy is loaded from ${here}, the first is ${first}; their tensors do not mix: dedupe the dependency\n`)
  world[mark] ??= here
}
