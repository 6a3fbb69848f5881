/** What a simulated node does with a pod (deploy/testkube/kwok/stages.yaml). */
type Annotations = Readonly<Record<string, string>>;

const HOLD = 'testkube/hold';

export interface Workload {
  readonly name: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly annotations?: Annotations;
  /** No node is looked for for its pods until a test lets them go. */
  readonly held?: boolean;
  /** Further fields of the workload's spec, as YAML in flow style: `paused: true`. */
  readonly spec?: string;
  /** Further fields of the pod's spec. */
  readonly pod?: string;
  /** Further fields of the container. */
  readonly container?: string;
  /** How long its pods may take to end; default 1. */
  readonly graceSeconds?: number;
  /** Label `app` of its pods; default: its name. */
  readonly app?: string;
}

/** Where most scenarios play: their pods stay away from the nodes that others take down. */
export const onNode = (name: string): string => `nodeSelector: {kubernetes.io/hostname: ${name}}`;
const HOME = 'kwok-node-0';
export const PINNED = onNode(HOME);

const among = (...nodes: string[]): string =>
  `matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [${nodes.join()}]}]`;

/** On that node, and elsewhere once it takes no pods. */
export const preferring = (node: string): string => `affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{${among(node, HOME)}}]}
          preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, preference: {${among(node)}}}]`;

export const ALL_AT_ONCE = 'strategy: {rollingUpdate: {maxUnavailable: 100%, maxSurge: 0}}';

const templateOf = ({ name, app = name, image = 'example/app:1', annotations = {}, ...of }: Workload) => `
    metadata: {labels: {app: ${app}, of: ${name}}, annotations: ${JSON.stringify(annotations)}}
    spec:
      terminationGracePeriodSeconds: ${of.graceSeconds ?? 1}
      ${of.held ? `schedulingGates: [{name: ${HOLD}}]` : ''}
      ${of.pod ?? ''}
      containers: [{name: app, image: "${image}"${of.container ? `, ${of.container}` : ''}}]`;

export const deployment = (of: Workload): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${of.name}}
spec:
  replicas: ${of.replicas ?? 1}
  ${of.spec ?? ''}
  selector: {matchLabels: {of: ${of.name}}}
  template: ${templateOf(of)}
`;

export const statefulSet = (of: Workload): string => `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ${of.name}}
spec:
  replicas: ${of.replicas ?? 1}
  serviceName: ${of.name}
  ${of.spec ?? ''}
  selector: {matchLabels: {of: ${of.name}}}
  template: ${templateOf(of)}
`;

export const service = (name: string, spec = '', ports = '[{port: 80}]'): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: ${ports}${spec && `, ${spec}`}}
`;
