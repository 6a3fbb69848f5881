import { startRealCluster } from '../../deploy/testkube/test-kube.ts';
import { realAvailable } from '../../deploy/testkube/testkube-binary.ts';
import { REAL_SERVICE_SCENARIOS, SILENT_NODE } from './services/real-scenarios.ts';
import { describeServices } from './services/walk.ts';

describeServices(realAvailable(), 'services on a real node', {
  start: startRealCluster,
  scenarios: REAL_SERVICE_SCENARIOS,
  last: [SILENT_NODE],
});
