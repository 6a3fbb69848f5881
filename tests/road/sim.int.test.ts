import { startSimCluster } from '../../deploy/testkube/test-kube.ts';
import { simAvailable } from '../../deploy/testkube/testkube-binary.ts';
import { itAccountsForDowntime } from './downtime.ts';
import { itOutlivesAKill } from './control-plane-kill.ts';
import { keepLogs } from './log-keeper.ts';
import { SIM_DOWNTIME } from './sim-downtime.ts';
import { SIM_SCENARIOS } from './sim-scenarios.ts';
import { describeRoad } from './walk.ts';

describeRoad(simAvailable(), 'the road on simulated nodes', {
  start: () => startSimCluster(),
  scenarios: SIM_SCENARIOS,
  beside: keepLogs,
  more: (road) => {
    itAccountsForDowntime(road, SIM_DOWNTIME);
    itOutlivesAKill(road);
  },
});
