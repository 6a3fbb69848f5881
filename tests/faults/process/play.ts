import { until } from '../../../deploy/testkube/test-kube.ts';
import type { Absence } from '../absence.ts';
import type { CrashLoad } from './load.ts';
import type { Plan, Point, ProcessorFault, RoleFault } from './plan.ts';
import type { ProcessorRole, Role, Site } from './site.ts';
import type { Insert } from './store-proxy.ts';

/** A broker needs time to miss a member, and a killed one's successor time to start. */
const HIT_MS = 180_000;

/** What came of the faults. */
export interface Played {
  kills: number;
  readonly agentAway: Absence[];
  /** Inserts that a zombie sent of a range that another had finished meanwhile. */
  zombieInserts: number;
}

/** One at a time: a processor cannot start while the store it migrates is away. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(body: () => Promise<T>): Promise<T> => {
    const mine = last.then(body);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Plays both rows of a plan beside each other; at the end every role runs, and the third processor as the plan left it. */
export async function play(site: Site, load: CrashLoad, plan: Plan): Promise<Played> {
  const inTurn = createTurns();
  const played: Played = { kills: 0, agentAway: [], zombieInserts: 0 };
  const moreDeaths = (count: number) => {
    const wanted = load.deaths().length + count;
    return until(`${count} more deaths`, async () => load.deaths().length >= wanted);
  };
  const watchedSince = (since: number) =>
    until('every watch', async () => {
      const watched = load.askedAfter('watch', since);
      return [...watched.values()].every((at) => at < Infinity) && watched;
    });
  const stage = { site, inTurn, moreDeaths, watchedSince, played };
  const hits = async () => {
    for (const fault of plan.processors) await hitProcessor(stage, fault);
  };
  const ends = async () => {
    for (const fault of plan.roles) await endRole(stage, fault);
  };
  await Promise.all([hits(), ends()]);
  return played;
}

interface Stage {
  readonly site: Site;
  readonly inTurn: <T>(body: () => Promise<T>) => Promise<T>;
  readonly moreDeaths: (count: number) => Promise<unknown>;
  /** When each source was watched again. */
  readonly watchedSince: (since: number) => Promise<ReadonlyMap<string, number>>;
  readonly played: Played;
}

async function endRole({ site, inTurn, moreDeaths, watchedSince, played }: Stage, fault: RoleFault): Promise<void> {
  await moreDeaths(fault.afterDeaths);
  if (fault.role === 'agent') {
    const left = Date.now();
    await site.agent.end();
    played.kills++;
    await moreDeaths(fault.awayDeaths);
    const returning = Date.now();
    await site.agent.start();
    // The cluster keeps its history, so that each agent goes on where the one before was killed.
    const back = await watchedSince(returning);
    return void played.agentAway.push({ end: 'kill', history: 'kept', left, back });
  }
  return inTurn(async () => {
    const broker = fault.role === 'broker';
    await (broker ? site.kafka.kill() : site.store.end());
    played.kills++;
    await moreDeaths(fault.awayDeaths);
    await (broker ? site.kafka.restart() : site.store.start());
  });
}

async function hitProcessor(stage: Stage, fault: ProcessorFault): Promise<void> {
  const { site, inTurn, moreDeaths, played } = stage;
  const third = site.processors[2] as ProcessorRole;
  switch (fault.kind) {
    case 'join':
      return third.child() ? undefined : inTurn(() => third.start());
    case 'leave':
      return third.end('SIGTERM');
    case 'kill': {
      const victim = await atPoint(site, fault.at, async (role) => {
        await role.end();
        played.kills++;
        return 'with its process';
      });
      await moreDeaths(fault.awayDeaths);
      return inTurn(() => victim.start());
    }
    case 'zombie':
      await atPoint(site, fault.at, async (role, insert) => {
        await sleepWhileAnotherTakesOver(site, role, insert);
        played.kills++;
        if (fault.at.stage === 'before') played.zombieInserts++;
        return 'on its way';
      });
  }
}

/** What becomes of the insert: one that was not sent yet dies with its process. */
type Hit = (role: ProcessorRole, insert: Insert) => Promise<'on its way' | 'with its process'>;

/** Hits whichever processor first comes to this insert; resolves with it when `hit` has ended. */
function atPoint(site: Site, at: Point, hit: Hit): Promise<ProcessorRole> {
  const { promise, resolve, reject } = Promise.withResolvers<ProcessorRole>();
  const disarm = () => {
    clearTimeout(timer);
    for (const { proxy } of site.processors) proxy.onInsert = () => undefined;
  };
  const timer = setTimeout(() => {
    disarm();
    reject(new Error(`no processor came to ${at.stage} ${at.table} within ${HIT_MS} ms`));
  }, HIT_MS);
  for (const role of site.processors) {
    role.proxy.onInsert = async (insert, stage) => {
      if (insert.table !== at.table || stage !== at.stage || !role.child()) return;
      disarm();
      const fate = await hit(role, insert).catch((error: unknown) => {
        reject(error);
        throw error;
      });
      resolve(role);
      if (fate === 'with its process') throw new Error(`${role.name} was killed`);
    };
  }
  return promise;
}

/** The last claim of a group, or null while the store is away. */
async function lastClaim(site: Site, group: string): Promise<number | null> {
  const rows = await site.reader
    .query<{ last: number }>('SELECT max(first) AS last FROM fold_claims WHERE `group` = {group:String}', { group })
    .catch(() => []);
  return rows[0]?.last ?? null;
}

async function sleepWhileAnotherTakesOver(site: Site, role: Role, { token }: Insert): Promise<void> {
  const group = token.slice(0, token.indexOf(':'));
  const pid = role.child()?.pid;
  if (pid === undefined) throw new Error(`${role.name} does not run`);
  process.kill(pid, 'SIGSTOP');
  try {
    const mine = await until('the claim of the sleeper', async () => (await lastClaim(site, group)) ?? undefined);
    await until(
      `${role.name} to be replaced`,
      async () => {
        const last = await lastClaim(site, group);
        return last !== null && last > mine;
      },
      HIT_MS,
    );
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
