import type { Grant, Rule, Unreadable } from './rules.ts';

/** Who is to be allowed: a service account, or a user by the name under which the API server knows it. */
export type Subject =
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string }
  | { readonly kind: 'User'; readonly name: string };

/** As deploy/rbac.yaml names it. */
const DEFAULT_SUBJECT: Subject = { kind: 'ServiceAccount', name: 'tidemark-agent', namespace: 'tidemark' };
const NAME = /User "([^"]{1,300})" cannot/;
const SERVICE_ACCOUNT = /^system:serviceaccount:([a-z0-9-]{1,63}):([a-z0-9.-]{1,253})$/;

/** Whom the API server refused, in its own words; the service account of deploy/rbac.yaml where it names nobody. */
export function subjectOf(unreadable: readonly Unreadable[]): Subject {
  for (const { reason } of unreadable) {
    const user = NAME.exec(reason)?.[1];
    if (user === undefined) continue;
    const [, namespace, name] = SERVICE_ACCOUNT.exec(user) ?? [];
    if (name === undefined || namespace === undefined) return { kind: 'User', name: user };
    return { kind: 'ServiceAccount', name, namespace };
  }
  return DEFAULT_SUBJECT;
}

const PLAIN = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*(\/[a-z]+)?$/;
const WORD_OF_YAML = /^(true|false|yes|no|on|off|null|y|n)$/;
/** A JSON string is a YAML string. */
const scalar = (text: string): string => (PLAIN.test(text) && !WORD_OF_YAML.test(text) ? text : JSON.stringify(text));
const flow = (values: readonly string[]): string => `[${values.map(scalar).join(', ')}]`;

const ruleLines = ({ apiGroups, resources, verbs }: Rule): string[] => [
  `  - apiGroups: ${flow(apiGroups)}`,
  `    resources: ${flow(resources)}`,
  `    verbs: ${flow(verbs)}`,
];

/**
 * Made of what it allows: a later, different set of rights comes under another name, and applying it takes away nothing
 * that this one gave.
 */
const roleName = (rules: readonly Rule[]): string =>
  ['tidemark-agent', ...rules.flatMap(({ resources }) => resources.map((name) => name.replace('/', '-')))].join('-');

function subjectLines(subject: Subject): string[] {
  const lines = ['subjects:', `  - kind: ${subject.kind}`, `    name: ${scalar(subject.name)}`];
  if (subject.kind === 'User') return [...lines, '    apiGroup: rbac.authorization.k8s.io'];
  return [...lines, `    namespace: ${scalar(subject.namespace)}`];
}

/** The YAML of one grant: a role of its own and its binding. */
function grantLines({ namespace, rules }: Grant, subject: Subject): string[] {
  const prefix = namespace === '' ? 'Cluster' : '';
  const name = roleName(rules);
  const head = (kind: string): string[] => [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${name}`,
    ...(namespace === '' ? [] : [`  namespace: ${scalar(namespace)}`]),
  ];
  return [
    ...head(`${prefix}Role`),
    'rules:',
    ...rules.flatMap(ruleLines),
    '---',
    ...head(`${prefix}RoleBinding`),
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    `  kind: ${prefix}Role`,
    `  name: ${name}`,
    ...subjectLines(subject),
  ];
}

/** The YAML to apply so that the grants hold for the subject; '' where there are none. */
export const manifest = (grants: readonly Grant[], subject: Subject): string =>
  grants.length === 0 ? '' : `${grants.map((grant) => grantLines(grant, subject).join('\n')).join('\n---\n')}\n`;
