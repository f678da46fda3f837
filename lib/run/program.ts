/** The program format, where backends look for it; it is declared on the ground floor because primitives lower to it. */
export * from '../ir/program.js'
