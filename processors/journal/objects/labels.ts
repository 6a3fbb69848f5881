import Type, { type Static } from 'typebox';

/** Which labels say whose something is and where it stands: the `labels` part of the configuration file. '' for none. */
export const LabelOptions = Type.Object(
  {
    team: Type.String({
      default: '',
      description: 'label of a workload, its pods or a service that names the team, such as team',
    }),
    environment: Type.String({
      default: '',
      description: 'label that names the environment, such as app.kubernetes.io/environment',
    }),
  },
  { default: {} },
);
export type LabelOptions = Static<typeof LabelOptions>;
export const NO_LABELS: LabelOptions = { team: '', environment: '' };

/** What these labels say, the first of `sources` that says something; '' where none does. */
export function teamOf(
  options: LabelOptions,
  ...sources: readonly (Readonly<Record<string, string>> | undefined)[]
): { team: string; environment: string } {
  const say = (label: string) => (label && sources.find((labels) => labels?.[label])?.[label]) || '';
  return { team: say(options.team), environment: say(options.environment) };
}
