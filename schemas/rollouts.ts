import Type, { type Static } from 'typebox';
import { column, maybeTime, oneOf, table, text, texts, time, uint32, uint64, word, words } from './column.ts';

/**
 * What a rollout came to. The first three last: it goes on, stands still by a person's will, or by its strategy's. One that failed
 * may last too: `finished_at` says.
 */
export const ROLLOUT_OUTCOMES = [
  'progressing',
  'paused',
  'held',
  'completed',
  'failed',
  'superseded',
  'rolled-back',
] as const;
export type RolloutOutcome = (typeof ROLLOUT_OUTCOMES)[number];

/** `create`: the first template; `rollback`: one that was there before; `restart`: nothing but the time of a restart changed. */
export const ROLLOUT_KINDS = ['create', 'change', 'restart', 'rollback'] as const;

const Images = (comment: string) =>
  column(Type.Record(Type.String(), Type.String()), 'Map(LowCardinality(String), String)', comment);

export const RolloutRow = Type.Object({
  id: text('Deterministic: of cluster, workload uid, generation and template'),
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
  workload_kind: word('Deployment, StatefulSet, DaemonSet, or another controller by its kind'),
  workload: text('Name of the workload'),
  workload_uid: text('Uid of the workload'),
  services: words('Services whose selector matched the new template'),
  team: word('Team, by the configured label'),
  environment: word('Environment, by the configured label'),
  kind: oneOf(ROLLOUT_KINDS, 'create, change, restart or rollback'),
  revision: text('Revision as the controller counts or names it'),
  template: text('Hash of the new template'),
  outcome: oneOf(
    ROLLOUT_OUTCOMES,
    'progressing, paused, held, completed, failed (it stays so, whatever comes later), superseded or rolled-back',
  ),
  reason: text('Why it failed, is held or was given up, in words'),
  started_at: time('When the template changed'),
  started_earliest: time('Not before; the same as started_at where that is known'),
  finished_at: maybeTime('When its outcome was certain; null while it lasts'),
  failed_at: maybeTime('When it first went wrong, even if it was completed later'),
  observed_at: time('When the agent first saw it; never changes, the partition is made of it'),
  wanted: uint32('Replicas wanted when it was last seen'),
  updated: uint32('Replicas of the new template when it was last seen'),
  available: uint32('Replicas available when it was last seen'),
  images_before: Images('Image of each container before'),
  images_after: Images('Image of each container after'),
  changed: words('Fields of the template that changed: containers[app].image, containers[app].env[DB_HOST], ...'),
  changes: text('The changed fields as JSON: [{"field","before","after"}]; a value of the environment is never told'),
  manager: word("Who changed it, by the object's field manager: kubectl-edit, helm, argocd-controller, ..."),
  change_cause: text("What the annotation kubernetes.io/change-cause says, or ''"),
  exceptions: texts('exceptions.id of the deaths and stuck spells of its new pods'),
  goes_back_to: text("rollouts.id whose template a rollback has brought back, or ''"),
  superseded_by: text("rollouts.id of the one that came before this one was over, or ''"),
  version: uint64('Journal offset of the last batch that changed the row'),
});
export type RolloutRow = Static<typeof RolloutRow>;
/** Written to the versions table; read through the view `rollouts`. */
export const rolloutsTable = table('rollouts_versions', RolloutRow);
