import Type, { type Static } from 'typebox';

const percent = (fallback: number, description: string, maximum = 1000) =>
  Type.Number({ minimum: 0, maximum, default: fallback, description: `${description}, in percent` });

export const CPU_LIMITS = ['none', 'keep'] as const;

/** The `sizing` part of the configuration file. Where each rule comes from: docs/sizing.md. */
export const SizingOptions = Type.Object(
  {
    cpu_margin_percent: percent(15, 'what a CPU request has above the 95th percentile of use'),
    memory_margin_percent: percent(15, 'what a memory request has above the 99th percentile of use'),
    memory_limit_margin_percent: percent(20, 'what a memory limit has above the most that was used'),
    oom_raise_percent: percent(50, 'what a memory limit has above the one in force at the newest OOM kill'),
    cpu_limits: Type.Enum([...CPU_LIMITS], {
      default: 'none',
      description: 'none: no CPU limits are recommended; keep: in proportion to the request, as they are now',
    }),
    cpu_limit_raise_percent: percent(50, 'what a CPU limit is raised by where it throttles, if limits are kept'),
    min_hours: Type.Number({ minimum: 0, default: 24, description: 'hours of use to recommend anything' }),
    min_job_hours: Type.Number({ minimum: 0, default: 1, description: 'the same for a Job or CronJob, in pod hours' }),
    min_known_percent: percent(50, 'share of the time from first to last in which use has to be known', 100),
    over_percent: percent(30, 'share of a request that has to be idle to be called over-provisioned', 100),
    over_cpu_cores: Type.Number({ minimum: 0, default: 0.05, description: 'and at least so many cores a pod' }),
    over_memory_mib: Type.Number({ minimum: 0, default: 64, description: 'and at least so many MiB of memory a pod' }),
    under_percent: percent(5, 'how far the 95th percentile has to lie above a request to be called under-provisioned'),
    near_limit_percent: percent(95, 'share of the memory limit that is too close to it', 100),
    throttled_percent: percent(5, 'share of CPU periods in which it is throttled, on average, that is too much', 100),
    gpu_idle_percent: percent(10, 'utilisation of GPUs, at the 95th percentile, below which they are idle', 100),
  },
  { additionalProperties: false, default: {} },
);
export type SizingOptions = Static<typeof SizingOptions>;

/** The options as they are where the configuration says nothing. */
export const DEFAULT_SIZING: SizingOptions = {
  cpu_margin_percent: 15,
  memory_margin_percent: 15,
  memory_limit_margin_percent: 20,
  oom_raise_percent: 50,
  cpu_limits: 'none',
  cpu_limit_raise_percent: 50,
  min_hours: 24,
  min_job_hours: 1,
  min_known_percent: 50,
  over_percent: 30,
  over_cpu_cores: 0.05,
  over_memory_mib: 64,
  under_percent: 5,
  near_limit_percent: 95,
  throttled_percent: 5,
  gpu_idle_percent: 10,
};
