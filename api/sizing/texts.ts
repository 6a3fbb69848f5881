import { MIB } from './quantity.ts';
import type { Reason } from './recommendation.ts';

type Value = number | string | null | undefined;
type Say = (of: Readonly<Record<string, Value>>, amount: (value: Value) => string, name: string) => string;

const decimals = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
const plain = (value: Value): string => (typeof value === 'number' ? decimals(value, 2) : (value ?? 'unknown'));
const percent = (share: Value): string => (typeof share === 'number' ? `${decimals(share * 100, 1)} %` : 'unknown');

const AMOUNTS = {
  cpu: (value: Value) => (typeof value === 'number' ? `${decimals(value, 3)} cores` : 'none'),
  memory: (value: Value) => (typeof value === 'number' ? `${decimals(value / MIB, 1)} MiB` : 'none'),
  gpu: plain,
} as const;
const NAMES = { cpu: 'CPU', memory: 'memory', gpu: 'GPUs' } as const;
const upper = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

const DRIVEN: Say = (of, _amount, name) =>
  `The autoscaler ${plain(of['autoscaler'])} holds ${name} to ${plain(of['target_percent'])} % of the request (${percent(of['utilisation'])} on average, ${plain(of['pods'])} pods of ${plain(of['min_replicas'])} to ${plain(of['max_replicas'])})`;

/** English sentences by the code of a reason. */
const TEXTS: Readonly<Record<string, Say>> = {
  'oom-killed': (of, amount) =>
    `${plain(of['kills'])} container(s) were OOM-killed in the range, the newest ${plain(of['container'])}${of['limit_at_kill'] === null ? '' : ` at a limit of ${amount(of['limit_at_kill'])}`}.`,
  throttled: (of, amount) =>
    `It was throttled in ${percent(of['throttled'])} of its CPU periods on average (limit ${amount(of['limit'])}); ${plain(of['from_percent'])} % is too much.`,
  'use-above-request': (of, amount, name) =>
    `The 95th percentile of ${name}, ${amount(of['used'])}, lies above the request of ${amount(of['request'])}.`,
  'near-limit': (of, amount) => `Memory came to ${amount(of['used'])}, close to its limit of ${amount(of['limit'])}.`,
  'above-target-at-max': (of, _amount, name) =>
    `${upper(name)} is at ${percent(of['utilisation'])} of the request, above the autoscaler's target of ${plain(of['target_percent'])} %, and all ${plain(of['max_replicas'])} replicas are there.`,
  'nothing-known': () => 'Nothing is known of its use in the range.',
  'too-short': (of) =>
    `Its use is known for ${plain(of['known_hours'])} hours; a recommendation needs ${plain(of['wanted_hours'])}.`,
  'too-many-holes': (of) =>
    `Its use is known for ${percent(of['known_share'])} of the time that it was there; a recommendation needs ${plain(of['wanted_percent'])} %.`,
  'no-request': (_of, _amount, name) => `No request of ${name} is set.`,
  'no-limit': (_of, _amount, name) => `No limit of ${name} is set.`,
  'request-above-use': (of, amount, name) =>
    `It requests ${amount(of['request'])} of ${name}; its percentile ${plain(of['percentile'])} is ${amount(of['used'])}, so ${amount(of['recommended'])} are enough.`,
  'gpus-unused': (of) =>
    `${plain(of['request'])} GPU(s) are requested, and the busiest is used to ${percent(of['used'])} at the 95th percentile.`,
  driven: (...of) => `${DRIVEN(...of)}: a low mean is no waste.`,
  'driven-at-min': (...of) =>
    `${DRIVEN(...of)}, and has its least replicas, so that idle requests are waste after all.`,
  'driven-at-max': (...of) => `${DRIVEN(...of)}, and has its most replicas.`,
  'request-from-percentile': (of, amount, name) =>
    `${upper(name)} request: percentile ${plain(of['percentile'])} of its pods, ${amount(of['used'])}, and ${plain(of['margin_percent'])} %, rounded up: ${amount(of['recommended'])}.`,
  'request-kept-for-autoscaler': (of, _amount, name) =>
    `The ${name} request stays: an autoscaler adds and removes replicas to hold use at ${plain(of['target_percent'])} % of it (now ${percent(of['utilisation'])}), so another request would change the number of replicas.`,
  'limit-removed': () => 'No CPU limit is recommended: a request guarantees a share, a limit only takes idle CPU away.',
  'limit-removed-throttled': (of) =>
    `No CPU limit is recommended: it throttles ${percent(of['throttled'])} of the CPU periods. What would be used without is not known, so look at it again afterwards.`,
  'limit-in-proportion': (of, amount) =>
    `CPU limit in proportion to the request as it is now (${amount(of['limit'])}): ${amount(of['recommended'])}.`,
  'limit-raised-throttled': (of, amount) =>
    `CPU limit raised from ${amount(of['limit'])} by ${plain(of['raise_percent'])} % or more: it throttles ${percent(of['throttled'])} of the CPU periods.`,
  'limit-from-maximum': (of, amount) =>
    `Memory limit: the most that a pod used, ${amount(of['used'])}, and ${plain(of['margin_percent'])} %; in all ${amount(of['recommended'])}.`,
  'limit-raised-after-oom': (of, amount) =>
    `The container ${plain(of['container'])} was OOM-killed at a limit of ${amount(of['limit_at_kill'])}: its limit is at least ${plain(of['raise_percent'])} % above that, ${amount(of['least'])}.`,
  'shared-requests': (of, _amount, name) =>
    `Use is known by pod: the ${name} request is shared out over ${plain(of['containers'])} containers in proportion to their requests.`,
  'shared-evenly': (of, _amount, name) =>
    `Use is known by pod: the ${name} request is shared out evenly over ${plain(of['containers'])} containers, since not all have one.`,
  'limits-of-several': (of, amount) =>
    `Which of ${plain(of['containers'])} containers used how much is not known: limits up to ${amount(of['whole'])} stay, higher and missing ones are set to it.`,
  'held-by-init': (of, amount, name) =>
    `An init container requests ${amount(of['request'])} of ${name}: the scheduler counts no less for the pod.`,
  'gpus-idle': (of) =>
    `Of ${plain(of['request'])} GPUs the busiest is used to ${percent(of['used'])} at the 95th percentile: one is enough.`,
  'gpu-idle': (of) =>
    `Its GPU is used to ${percent(of['used'])} at the 95th percentile; less than one cannot be requested, but it can be shared (time-slicing, MIG).`,
  'gpus-busy': (of) => `The busiest GPU is used to ${percent(of['used'])} at the 95th percentile: the request stays.`,
};

export const REASON_CODES: readonly string[] = Object.keys(TEXTS);

/** An English sentence for a reason. */
export function textOf({ code, resource, values }: Reason): string {
  const say = TEXTS[code];
  return say ? say(values, AMOUNTS[resource ?? 'gpu'], NAMES[resource ?? 'gpu']) : code;
}
