/**
 * The one thing `JSON.parse` cannot say: whether an object names a key twice. The safetensors format forbids it,
 * since two readers may then see two different tensors in one file. The scanner trusts that the text has been
 * parsed already, so it only follows quotes and brackets. It is linear, keeps its own stack and uses no regular
 * expression over strings, so neither depth nor length of a hostile header can overflow it.
 */

/**
 * The first key that one object of a JSON text names twice, or undefined; the text must be valid JSON.
 * @example duplicateKey('{"a": 1, "a": 2}') // 'a'
 */
export const duplicateKey = (text: string): string | undefined => {
  const open: (Set<string> | null)[] = []
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{') open.push(new Set())
    else if (char === '[') open.push(null)
    else if (char === '}' || char === ']') open.pop()
    else if (char === '"') {
      const end = closingQuote(text, at)
      if (isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end + 1)) as string
        const keys = open.at(-1)
        if (keys?.has(key)) return key
        keys?.add(key)
      }
      at = end
    }
  }
  return undefined
}

const closingQuote = (text: string, open: number): number => {
  let at = open + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

const isKey = (text: string, closing: number): boolean => {
  let at = closing + 1
  while (at < text.length && text.charCodeAt(at) <= 32) at++
  return text[at] === ':'
}
