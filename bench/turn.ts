import { fork } from 'node:child_process';
import { once } from 'node:events';

/** libuv's own default is too small for the embedded engine (see tidemark.ts). */
const ENV = { UV_THREADPOOL_SIZE: '16' };

/** Runs one turn in a fresh process and answers what it sends, a number as a rule. Throws where it ends without. */
export async function turn<Figures = number>(file: URL, args: readonly string[]): Promise<Figures> {
  const child = fork(file, args, { env: ENV, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let sent: Figures | undefined;
  child.on('message', (message) => (sent = message as Figures));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || sent === undefined) throw new Error(`${file.pathname} ${args.join(' ')} failed (code ${code})`);
  return sent;
}

/** Sends a turn's figures, and ends its process whatever is still open in it. */
export function finish(value: number | object): void {
  process.send?.(value, () => process.exit(0));
}

/** Runs `turns` of each contender, one after the other in turn, and answers each one's numbers. */
export async function alternate<Name extends string>(
  contenders: readonly Name[],
  turns: number,
  run: (contender: Name) => Promise<number>,
): Promise<Record<Name, number[]>> {
  const numbers = Object.fromEntries(contenders.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let at = 0; at < turns; at++) {
    for (const contender of contenders) {
      const value = await run(contender);
      numbers[contender].push(value);
      console.log(`turn ${at + 1} ${contender}: ${Math.round(value)}`);
    }
  }
  return numbers;
}
