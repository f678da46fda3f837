/** `cotangent/plot`: training curves, charts and picture grids as SVG text, and as PNG files. */
export { curves, type CurvePanel, type CurveSettings } from './curves.js'
export { histogram, scatter } from './charts.js'
export { confusion } from './confusion.js'
export { type Values } from './values.js'
export { imageGrid, type GridSettings } from './imageGrid.js'
export { savePng, saveSvg, toPng, type PngSettings } from './save.js'
export { type FigureSettings, type Svg } from './figure.js'
