import { startRealCluster } from '../../deploy/testkube/test-kube.ts';
import { realAvailable } from '../../deploy/testkube/testkube-binary.ts';
import { itAccountsForDowntime } from './downtime.ts';
import { REAL_DOWNTIME } from './real-downtime.ts';
import { REAL_SCENARIOS } from './scenarios.ts';
import { describeRoad } from './walk.ts';

describeRoad(realAvailable(), 'the road on a real node', {
  start: startRealCluster,
  scenarios: REAL_SCENARIOS,
  more: (road) => itAccountsForDowntime(road, REAL_DOWNTIME),
});
