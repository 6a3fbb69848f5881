import { isSecretFlag } from '../redact/key-values.ts';
import {
  fields,
  freeText,
  isRecord,
  list,
  presence,
  scalar,
  scalars,
  scalarsNamed,
  structure,
  type Pass,
  type Shape,
} from './shapes.ts';

function argument(value: unknown, before: unknown, pass: Pass): string {
  const flag = typeof before === 'string' ? before : '';
  if (isSecretFlag(flag) && !String(value).startsWith('-')) return '[redacted:argument]';
  const text = typeof value === 'string' ? String(freeText(value, pass)) : '';
  // As curl has it. Two numbers are a user and a group.
  return /^(?:-u|--user|--proxy-user)$/.test(flag) && !/^\d+:\d+$/.test(text)
    ? text.replace(/^([^\s:]+:)(?!\/\/).+$/s, '$1[redacted:password]')
    : text;
}

/** Arguments one by one; what follows a bare `--password` is masked whole, the first one too where it is `before`'s value. */
const argumentsAfter =
  (before: unknown): Shape =>
  (value, pass) => {
    if (!Array.isArray(value)) return undefined;
    const last: unknown = Array.isArray(before) ? before.at(-1) : undefined;
    return value.map((each, index) => argument(each, index === 0 ? last : value[index - 1], pass));
  };
const commandLine = argumentsAfter(undefined);

const reference = scalarsNamed('name key optional');
const valueFrom = fields({
  configMapKeyRef: reference,
  secretKeyRef: reference,
  fieldRef: scalarsNamed('apiVersion fieldPath'),
  resourceFieldRef: scalarsNamed('containerName resource divisor'),
  fileKeyRef: scalarsNamed('volumeName path key optional'),
});

/** Of variables that are set from elsewhere, from where; values are in `envHash` only. */
const env: Shape = (value, pass) => {
  if (!Array.isArray(value)) return undefined;
  const kept = value.filter((each) => isRecord(each) && isRecord(each.valueFrom));
  return kept.length > 0 ? kept.map((each) => fields({ name: scalar, valueFrom })(each, pass)) : undefined;
};

function envHash(value: unknown, pass: Pass): Record<string, string> | undefined {
  if (!Array.isArray(value)) return undefined;
  const named = value.filter(
    (each): each is Record<string, unknown> => isRecord(each) && typeof each.name === 'string',
  );
  return Object.fromEntries(
    named.map((each) => {
      const content = typeof each.value === 'string' ? each.value : JSON.stringify(each.valueFrom ?? null);
      return [each.name as string, pass.hash(each.name as string, content)];
    }),
  );
}

const handler = {
  exec: fields({ command: commandLine }),
  httpGet: scalarsNamed('port scheme host', { path: freeText }),
  tcpSocket: scalarsNamed('port host'),
  grpc: scalarsNamed('port service'),
};
const probe = scalarsNamed(
  'initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds',
  handler,
);
const hook = fields({ exec: presence, httpGet: presence, tcpSocket: presence, sleep: scalarsNamed('seconds') });

export const resources: Shape = fields({
  requests: scalars,
  limits: scalars,
  claims: list(scalarsNamed('name request')),
});

export const securityContext: Shape = scalarsNamed(
  'privileged runAsNonRoot runAsUser runAsGroup fsGroup fsGroupChangePolicy readOnlyRootFilesystem allowPrivilegeEscalation procMount',
  {
    capabilities: fields({ add: list(scalar), drop: list(scalar) }),
    seccompProfile: scalarsNamed('type localhostProfile'),
    appArmorProfile: scalarsNamed('type localhostProfile'),
    supplementalGroups: list(scalar),
  },
);

const kept = scalarsNamed(
  'name image imagePullPolicy restartPolicy workingDir terminationMessagePath terminationMessagePolicy stdin tty targetContainerName',
  {
    command: commandLine,
    env,
    envFrom: list(fields({ prefix: scalar, configMapRef: reference, secretRef: reference })),
    resources,
    resizePolicy: list(scalarsNamed('resourceName restartPolicy')),
    ports: list(scalarsNamed('name containerPort hostPort protocol')),
    volumeMounts: list(scalarsNamed('name mountPath readOnly subPath subPathExpr mountPropagation')),
    volumeDevices: list(scalarsNamed('name devicePath')),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: fields({ postStart: hook, preStop: hook, stopSignal: scalar }),
    securityContext,
    restartPolicyRules: list(structure),
  },
);

/** A container of a pod's spec or template: never an environment value. */
export const container: Shape = (value, pass) => {
  if (!isRecord(value)) return undefined;
  const result = kept(value, pass) as Record<string, unknown>;
  // A flag may end the command and its value begin the arguments.
  const args = argumentsAfter(value.command)(value.args, pass);
  const hashes = envHash(value.env, pass);
  return { ...result, ...(args ? { args } : {}), ...(hashes ? { envHash: hashes } : {}) };
};

const state = fields({
  waiting: fields({ reason: scalar, message: freeText }),
  running: scalarsNamed('startedAt'),
  terminated: scalarsNamed('exitCode signal reason startedAt finishedAt containerID', { message: freeText }),
});

export const containerStatus: Shape = scalarsNamed(
  'name image imageID containerID ready started restartCount stopSignal',
  {
    state,
    lastState: state,
    resources,
    allocatedResources: scalars,
  },
);
