/** What `jit(f, { math: 'fast' })` promises: where its functions of f32 hold, and their largest error there, in units of 2⁻²⁴. */
export interface Fast {
  readonly exact: (x: number) => number
  readonly from: number
  readonly to: number
  /** Against the result, or, where results cross zero, against 1. */
  readonly of: 'result' | 'one'
  readonly most: number
}
export const fast: Readonly<Record<string, Fast>> = {
  sin: { exact: Math.sin, from: -1e4, to: 1e4, of: 'one', most: 3 },
  cos: { exact: Math.cos, from: -1e4, to: 1e4, of: 'one', most: 3 },
  atan: { exact: Math.atan, from: -30, to: 30, of: 'result', most: 8 },
  exp2: { exact: (x) => 2 ** x, from: -120, to: 127, of: 'result', most: 100 },
  log2: { exact: Math.log2, from: 1e-6, to: 1e6, of: 'one', most: 40 },
  log10: { exact: Math.log10, from: 1e-6, to: 1e6, of: 'one', most: 12 },
  sinh: { exact: Math.sinh, from: -80, to: 80, of: 'result', most: 70 },
  cosh: { exact: Math.cosh, from: -80, to: 80, of: 'result', most: 70 },
}
const line = ([name, { from, to, of, most }]: [string, Fast]): string => `| ${name} | ${from} to ${to} | ${most} | ${of === 'one' ? '1' : 'the result'} |`
export const section = `
## Fast mathematics

In what \`jit(f, { math: 'fast' })\` runs on the native backend, these functions of f32 are a few operations. The errors, in units of 2⁻²⁴ of what the last column says, are held by test/run/fast. \`power(x, y)\` is e^(y log x), so its error is some |y log x| units; of -∞ with powers that are not whole it is NaN, and of -0 it is that of 0. Beyond 10,000 sines lose their digits. Other functions, other dtypes and the reference backend are as above.

| function | operands | largest error | of |
|---|---|---|---|
${Object.entries(fast).map(line).join('\n')}
`
