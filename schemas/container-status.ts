/** What a kubelet says of a container that it is creating: one of these, or no reason. */
const CREATING = new Set(['ContainerCreating', 'PodInitializing', '']);

export const isCreating = (reason: string | undefined): boolean => CREATING.has(reason ?? '');

/**
 * Which of a container's instances, counted from 0, its `lastState.terminated` is. restartCount beside a back-off or a start
 * that failed; restartCount − 1, so −1 where a count was lost, beside a running instance, one that has ended, and one that is
 * being created: the kubelet has counted that one already (kubelet_pods.go, convertToAPIContainerStatuses).
 * @param waiting the reason for which the container waits, '' where none is given; null while it runs or has ended.
 */
export const ordinalOfLastState = (restartCount: number, waiting: string | null): number =>
  waiting === null || isCreating(waiting) ? restartCount - 1 : restartCount;
