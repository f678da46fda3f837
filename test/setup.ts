/** Samples are the same in every run, so that a failure is one of the change: COTANGENT_SEED chooses others, `clock` new ones. */
import fc from 'fast-check'

const given = process.env['COTANGENT_SEED']
fc.configureGlobal({ seed: given === 'clock' ? Date.now() % 0x7fffffff : Number(given ?? 20260101) })
