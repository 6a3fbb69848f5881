import { withoutZero } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import { toNumber } from './quantity.ts';

const NO_GPUS = new Set(['cpu', 'memory', 'pods']);
const isGpuName = (name: string): boolean => !NO_GPUS.has(name);

/** The amount of one resource; null where there is none, and where it could not be read. */
export function numberOf(amounts: Amounts, name: string): number | null {
  const amount = amounts.get(name) ?? null;
  return amount === null ? null : toNumber(amount);
}

/** GPUs of every kind together, of 0 pieces none; null where there are none, and where one could not be read. */
export function gpusOf(amounts: Amounts): number | null {
  const gpus = [...withoutZero(amounts)].flatMap(([name, amount]) => (isGpuName(name) ? [amount] : []));
  if (gpus.length === 0) return null;
  let sum = 0n;
  for (const amount of gpus) {
    if (amount === null) return null;
    sum += amount;
  }
  return toNumber(sum);
}

/** Names of the resources that are GPUs, in their order, with a comma between. */
export function gpuNames(...lists: readonly Amounts[]): string {
  const names = lists.flatMap((amounts) => [...withoutZero(amounts).keys()].filter(isGpuName));
  return [...new Set(names)].sort().join(',');
}
