/**
 * Ways around the types in what users read: `as` (but for `as const`), `any`, `assertShape`, `!`, silenced errors. A line
 * where data enters from outside may say so: a comment with the word `boundary` on it or on the line above.
 */
import typescript from '@typescript/typescript6'

const { SyntaxKind } = typescript
const isConst = (node: import('@typescript/typescript6').Node): boolean => typescript.isAsExpression(node) && node.type.getText() === 'const'

const kindOf = (node: import('@typescript/typescript6').Node): string | null => {
  if (node.kind === SyntaxKind.AsExpression || node.kind === SyntaxKind.TypeAssertionExpression) return isConst(node) ? null : 'as'
  if (node.kind === SyntaxKind.AnyKeyword) return 'any'
  if (node.kind === SyntaxKind.NonNullExpression) return '!'
  return typescript.isIdentifier(node) && node.text === 'assertShape' && !typescript.isImportSpecifier(node.parent) ? 'assertShape' : null
}
/** Each way around in a program: its line and what it is. */
export const waysAround = (code: string): string[] => {
  const tree = typescript.createSourceFile('program.ts', code, typescript.ScriptTarget.ES2022, true)
  const lines = code.split('\n')
  const found: string[] = []
  const note = (index: number, what: string): void => {
    if (!/\bboundary\b/.test(`${lines[index - 1] ?? ''}${lines[index] ?? ''}`)) found.push(`line ${index + 1}: ${what}: ${lines[index]?.trim() ?? ''}`)
  }
  const visit = (node: import('@typescript/typescript6').Node): void => {
    const what = kindOf(node)
    if (what !== null) note(tree.getLineAndCharacterOfPosition(node.getStart(tree)).line, what)
    typescript.forEachChild(node, visit)
  }
  visit(tree)
  lines.forEach((l, i) => { if (/@ts-(ignore|nocheck)/.test(l)) note(i, 'a silenced error') })
  return found
}
