/** exp(mean(log ratio)), of the rows that the ledger's claim is about, of all that compare with Python peers, and of those in JavaScript. */
import type { Row } from './row.js'

const claimed: ReadonlySet<string> = new Set([
  'lenet_step_b4', 'lenet_step_b64', 'mlp_adam_step_b128', 'resnet18_step_b8_224', 'resnet18_infer_b1_224', 'transformer_step_4x256_t128_b8',
  'gelu_softmax_10M', 'layernorm_10M', 'layernorm_grad_10M', 'adam_10M', 'add_4M', 'sum_10M', 'sort_1M', 'argsort_1M', 'cumsum_10M',
  'matmul_64', 'matmul_256', 'matmul_1024', 'matmul_2048', 'conv3x3_fwd', 'conv3x3_dgrad', 'conv3x3_wgrad', 'small_add', 'jit_20_tiny_ops',
  'first_call_resnet18_step', 'peak_rss_resnet18_step', 'peak_rss_transformer_step',
])
const isJs = (r: Row): boolean => r.name.startsWith('js_')
const groups: readonly (readonly [string, (r: Row) => boolean])[] = [
  [`of the ledger's ${claimed.size} ratios`, (r) => claimed.has(r.name)],
  ['ratios to Python peers, those and others', (r) => !isJs(r)],
  ['ratios to peers in JavaScript (js_*)', isJs],
]
/** A line a group that has ratios. */
export const geometricMeans = (rows: readonly Row[]): readonly string[] => groups.flatMap(([what, has]) => {
  const logs = rows.flatMap((r) => (r.ratio === null || !has(r) ? [] : [Math.log(r.ratio)]))
  return logs.length === 0 ? [] : [`geometric mean ${Math.exp(logs.reduce((a, x) => a + x, 0) / logs.length).toFixed(3)}: ${logs.length} ${what}`]
})
