/** What leads to a group of processes, as far as one process can see it: launchers, command lines, the shared words. */
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { allReduce, barrier, cast, initialize, pmap, psum, session, tensor } from '../../lib/index.js'
import { engineFor } from '../../lib/run/group/engine.js'
import { launched } from '../../lib/run/group/family.js'
import { commandFor, parse } from '../../lib/run/group/launch.js'
import { ask, keep } from '../../lib/run/group/store.js'
import { spanning } from '../../lib/transform/index.js'
import { vmap } from '../../lib/transform/index.js'
import type { Scalar } from '../../lib/index.js'

describe('who started this process', () => {
  it('is told by its environment', () => {
    expect(launched({})).toBeNull()
    expect(launched({ OMPI_COMM_WORLD_SIZE: '4' })).toEqual({ by: 'mpirun', size: 4, family: 'openmpi' })
    expect(launched({ PMI_RANK: '1', PMI_SIZE: '2' })).toEqual({ by: 'mpirun', size: 2, family: 'mpich' })
    expect(launched({ PMIX_RANK: '0', SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '8' })).toEqual({ by: 'srun', size: 8, family: null })
    expect(launched({ PMIX_RANK: '0', SLURM_NTASKS: '8', COTANGENT_MPI: 'mpich' })).toEqual({ by: 'srun', size: 8, family: 'mpich' })
    expect(launched({ RANK: '0', WORLD_SIZE: '1' })).toBeNull()
  })
  it('or an address is, where processes meet', () => {
    const torchrun = { RANK: '1', WORLD_SIZE: '2', MASTER_ADDR: 'node7', MASTER_PORT: '1234' }
    expect(launched(torchrun)).toEqual({ by: 'torchrun (MASTER_ADDR, MASTER_PORT, WORLD_SIZE, RANK)', size: 2, family: 'mpich', meeting: { host: 'node7', port: 1234, rank: 1 } })
    expect(launched({ ...torchrun, TORCHELASTIC_USE_AGENT_STORE: 'True' })?.meeting?.port).toBe(1235) // the agent listens at the one it names
    expect(launched({ COTANGENT_ADDRESS: 'node7:99', COTANGENT_NUM_PROCESSES: '4', COTANGENT_PROCESS_ID: '3' })).toMatchObject({ size: 4, family: 'mpich', meeting: { host: 'node7', port: 99, rank: 3 } })
    expect(launched({ PMI_RANK: '0', PMI_SIZE: '8' }, { address: 'node7:99', size: 2, rank: 0 })).toEqual({ by: 'the caller', size: 2, family: 'mpich', meeting: { host: 'node7', port: 99, rank: 0 } })
  })
  it('or a sentence says what is missing', () => {
    expect(() => launched({ SLURM_PROCID: '0', SLURM_NTASKS: '2' })).toThrow('initialize: srun started 2 processes, but processes on CPUs talk over MPI, which it did not set up: start with srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH)')
    const three = { COTANGENT_NUM_PROCESSES: '3', COTANGENT_PROCESS_ID: '1' }
    expect(() => launched({ ...three, COTANGENT_ADDRESS: 'here:80000' })).toThrow("gives the address 'here:80000': say where rank 0 runs, as host:port")
    expect(() => launched(three)).toThrow("initialize: COTANGENT_ADDRESS, COTANGENT_NUM_PROCESSES, COTANGENT_PROCESS_ID gives the address '': say where rank 0 runs, as host:port")
    expect(() => launched({}, { address: 'here:1234', size: 2, rank: 2 })).toThrow('initialize: the caller gives rank 2 of 2 processes: a rank goes from 0 to the number of processes less one')
    expect(() => launched({}, { address: '::1:99', size: 2, rank: 0 })).toThrow("the caller gives the address '::1:99': say where rank 0 runs, as host:port")
    expect(() => launched({}, { size: 2 })).toThrow("the caller gives the address ''")
    expect(() => launched({ COTANGENT_PROCESS_ID: '1' })).toThrow("gives the address ''")
    expect(() => launched({ COTANGENT_MPI: 'openmpi' }, { address: 'here:1234', size: 2, rank: 0 })).toThrow('of Open MPI only mpirun and srun can do that; unset COTANGENT_MPI, and MPICH lets them meet at the address')
    expect(() => launched({ COTANGENT_MPI: 'lam' })).toThrow("COTANGENT_MPI is 'lam': set it to openmpi or mpich")
    expect(() => engineFor('mpich', { PATH: '/nowhere', COTANGENT_MPICC: '/nowhere/mpicc', XDG_CACHE_HOME: '/nowhere' })).toThrow()
  })
})
describe('cotangent run', () => {
  it('reads its words', () => {
    expect(parse(['-n', '4', '--mpi', 'mpich', 'train.js', '-n', '7'])).toEqual({ processes: 4, family: 'mpich', program: ['train.js', '-n', '7'] })
    expect(() => parse(['train.js'])).toThrow('run: -n needs a number of processes of at least 1; say cotangent run -n 4 train.js')
    expect(() => parse(['-n', '2'])).toThrow('run: there is no program to run')
    expect(() => parse(['-n', '2', '--mpi', 'lam', 'x.js'])).toThrow("run: there is no MPI family 'lam'; say openmpi or mpich")
    expect(() => parse(['--hosts', 'a', 'x.js'])).toThrow("run: '--hosts' is no option of it")
  })
  it('adds what a family needs', () => {
    expect(commandFor('openmpi', 'mpirun', 2, true, 1)).toEqual(['mpirun', '--allow-run-as-root', '--oversubscribe', '-n', '2'])
    expect(commandFor('openmpi', 'mpirun', 2, false, 2)).toEqual(['mpirun', '-n', '2'])
    expect(commandFor('mpich', 'mpirun.mpich', 2, true, 1)).toEqual(['mpirun.mpich', '-n', '2'])
  })
})
describe('shared words', () => {
  it('set, get, wait, add; several askers', async () => {
    const kept = await keep(), here = { ...kept.place, hosts: ['127.0.0.1'] }
    const [a, b] = [await ask(here), await ask(here)]
    const waited = b.wait('step')
    expect([await a.get('step'), await a.add('count', 2), await b.add('count', 3)]).toEqual([null, 2, 5])
    await a.set('step', 'seven\n"8"')
    expect([await waited, await b.get('step'), await b.wait('step')]).toEqual(['seven\n"8"', 'seven\n"8"', 'seven\n"8"'])
    const left = b.wait('never')
    kept.close()
    await expect(left).rejects.toThrow('the first process of the job is gone')
    await expect(a.get('step')).rejects.toThrow('the first process of the job is gone')
  })
  it('are for those who have the token, and for whole questions', async () => {
    const kept = await keep()
    const answered = (text: string): Promise<boolean> => new Promise((done) => {
      const s = connect(kept.place.port, '127.0.0.1', () => s.write(text))
      s.on('data', () => done(true)).on('close', () => done(false))
    })
    expect(await answered('{"id":1,"token":"guess","verb":"get","key":"x"}\n')).toBe(false)
    expect(await answered('not a question\n')).toBe(false)
    expect(await answered(`{"id":1,"token":"${kept.place.token}","verb":"get","key":"x"}\n`)).toBe(true)
    kept.close()
    await expect(ask({ ...kept.place, hosts: ['127.0.0.1'] })).rejects.toThrow(`the first process of the job cannot be reached at 127.0.0.1, port ${kept.place.port}`)
  })
})
describe('a program on its own', () => {
  it('is a world of one, whose axes are axes like any other', async () => {
    const world = await initialize(), dp = world.axis('dp', 2)
    expect([world.rank, world.size, world.localRank, dp.size, dp.spans]).toEqual([0, 1, 0, 2, undefined])
    expect([await world.any(true), await world.any(false), (await world.gather(Uint8Array.of(3)))[0]?.[0]]).toEqual([true, false, 3])
    await barrier(world)
    const { read } = session()
    expect([...(await read(await allReduce({ a: tensor([0.5, 2]) }, world, { op: 'mean' }))).a]).toEqual([0.5, 2])
    expect([...await read(pmap((x: Scalar<'f32'>) => psum(x, dp), { axis: dp })(tensor([1, 2]) as never))]).toEqual([3, 3])
  })
  it('refuses what has no meaning', async () => {
    const world = await initialize()
    await expect(allReduce(tensor([true]), world)).rejects.toThrow('allReduce: there is no sum of bool[1]: cast it first')
    await expect(allReduce(cast(tensor([1]), 'i32'), world, { op: 'mean' })).rejects.toThrow('allReduce: there is no mean of i32[1]')
    const far = spanning('far', { processes: 2, rank: 1, local: 1 })
    expect(() => vmap((x: Scalar<'f32'>) => psum(x, far), { axis: far })(tensor([1.5]) as never)).toThrow("vmap: axis 'far' spans 2 processes, and a batch is at home: map over it with pmap")
    expect(() => pmap((x: Scalar<'f32'>) => psum(x, far), { axis: far })(tensor([1.5, 2]) as never)).toThrow('axis 0 of [2] is mapped over far, which has 1 devices in this process')
    await expect(session().read(pmap((x: Scalar<'f32'>) => psum(x, far), { axis: far })(tensor([1.5]) as never))).rejects.toThrow(/there is no group of processes: await initialize\(\) first|processes meet in plans of the native backend/)
  })
})
