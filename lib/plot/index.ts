/** `cotangent/plot`: training curves, charts and picture grids as SVG text, and as PNG files. */
export { curves, type CurvePanel, type CurveSettings, type Rows } from './curves.js'
export { confusion, histogram, scatter, type Values } from './charts.js'
export { imageGrid, type GridSettings } from './imageGrid.js'
export { savePng, saveSvg, toPng, type PngSettings } from './save.js'
export { type FigureSettings, type Svg } from './figure.js'
