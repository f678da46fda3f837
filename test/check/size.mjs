/**
 * The size of things: lines a file, functions by length, share of comment lines. It prints the outliers against
 * docs/conventions.md and fails on one thing only: a function of lib or laws that is longer than 50 lines.
 */
import { filesBelow, text } from './repository.mjs'
import typescript from '@typescript/typescript6'

const limits = { file: 250, function: 50 }
const { SyntaxKind, createSourceFile, forEachChild, isFunctionLike } = typescript

/** Every function with its own lines: those of functions written inside it count for them. */
const functionsOf = (path, source) => {
  const tree = createSourceFile(path, source, typescript.ScriptTarget.ES2022, true)
  const line = (position) => tree.getLineAndCharacterOfPosition(position).line
  const found = []
  const visit = (node, outer) => {
    if (!isFunctionLike(node) || node.body === undefined) return void forEachChild(node, (child) => visit(child, outer))
    const start = line(node.getStart(tree))
    const lines = line(node.end) - start + 1
    const here = { path, line: start + 1, lines, name: node.name?.text ?? node.parent?.name?.text ?? '(anonymous)' }
    if (outer !== null) outer.lines -= lines - 1
    found.push(here)
    forEachChild(node, (child) => visit(child, here))
  }
  visit(tree, null)
  return found
}
/** Lines that are comment and nothing else; the scanner knows strings and templates. */
const commentLines = (source) => {
  const scanner = typescript.createScanner(typescript.ScriptTarget.ES2022, false, typescript.LanguageVariant.Standard, source)
  let lines = 0
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFileToken; kind = scanner.scan())
    if (kind === SyntaxKind.MultiLineCommentTrivia || kind === SyntaxKind.SingleLineCommentTrivia) lines += scanner.getTokenText().split('\n').length
  return lines
}
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
const measure = (path) => {
  const source = text(path)
  return { path, lines: source.split('\n').length - 1, comments: commentLines(source), functions: functionsOf(path, source) }
}
const files = [...filesBelow('lib'), ...filesBelow('laws')].map(measure)
const functions = files.flatMap((f) => f.functions)
const lines = files.map((f) => f.lines).sort((a, b) => a - b)
const lengths = functions.map((f) => f.lines).sort((a, b) => a - b)
const total = lines.reduce((a, b) => a + b, 0)
const comments = files.reduce((n, f) => n + f.comments, 0)
const tooLong = functions.filter((f) => f.lines > limits.function)

for (const f of files.filter((f) => f.lines > limits.file)) console.log(`${f.path}: ${f.lines} lines (aim: ${limits.file})`)
for (const f of tooLong) console.log(`${f.path}:${f.line} ${f.name}: a function of ${f.lines} lines (at most ${limits.function})`)
console.log(
  `size: ${files.length} files, ${total} lines (median ${at(lines, 0.5)}, longest ${lines.at(-1)}), ${Math.round((100 * comments) / total)} % comment lines; ` +
    `${functions.length} functions (median ${at(lengths, 0.5)}, p90 ${at(lengths, 0.9)}, longest ${lengths.at(-1)} lines)`,
)
process.exitCode = tooLong.length === 0 ? 0 : 1
