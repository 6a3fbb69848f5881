import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const GPU_RESOURCES: readonly string[] = [
  'nvidia.com/gpu',
  'nvidia.com/mig-*',
  'amd.com/gpu',
  'gpu.intel.com/i915',
  'gpu.intel.com/xe',
  'habana.ai/gaudi',
];

/** The `resources` part of the configuration file. */
export const ResourceOptions = Type.Object(
  {
    gpu_resources: Type.Array(Type.String({ minLength: 1 }), {
      default: [...GPU_RESOURCES],
      description: 'names of the extended resources that count as GPUs, with * for any characters',
    }),
  },
  { default: {} },
);
export type ResourceOptions = Static<typeof ResourceOptions>;

/** Fills in every default and checks. Throws typebox's ParseError on a wrong value. */
export const resourceOptions = (given: unknown = {}): ResourceOptions =>
  Value.Parse(ResourceOptions, Value.Default(ResourceOptions, structuredClone(given)));

/** Tells which resources count as GPUs. */
export function gpuMatcher({ gpu_resources: patterns }: ResourceOptions): (resource: string) => boolean {
  const forms = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`));
  return (resource) => forms.some((form) => form.test(resource));
}
