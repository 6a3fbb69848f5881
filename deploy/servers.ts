/** Puts in place what the integration tests need, once: builds and downloads are kept outside of the clone. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { kafkaAvailable, kafkaJars } from './testkafka/kafka-jars.ts';
import { simAvailable, testkubeBinary } from './testkube/testkube-binary.ts';

const say = (what: string) => console.log(`servers: ${what}`);

const node = spawnSync(fileURLToPath(new URL('testkube/install.sh', import.meta.url)), { stdio: 'inherit' });
say(node.status === 0 ? "a real node's packages are installed" : 'no real nodes here');

const sim = simAvailable();
say(sim.available ? `Kubernetes: ${testkubeBinary()}` : `no Kubernetes: ${sim.reason}`);

const kafka = kafkaAvailable();
say(kafka.available ? `Kafka: ${await kafkaJars()}` : `no Kafka: ${kafka.reason}`);
