/** Puts in place what the integration tests need, once: builds and downloads are kept outside of the clone. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { browserAvailable } from './testbrowser/chromium.ts';
import { kafkaAvailable, kafkaJars } from './testkafka/kafka-jars.ts';
import { prometheusAvailable, prometheusPrograms } from './testprometheus/prometheus-packages.ts';
import { simAvailable, testkubeBinary } from './testkube/testkube-binary.ts';

const say = (what: string) => console.log(`servers: ${what}`);

const installed = (script: string): boolean =>
  spawnSync(fileURLToPath(new URL(script, import.meta.url)), { stdio: 'inherit' }).status === 0;

say(installed('testkube/install.sh') ? "a real node's packages are installed" : 'no real nodes here');
say(installed('testbrowser/install.sh') ? 'a browser is installed' : browserAvailable().reason || 'a browser is there');

const sim = simAvailable();
say(sim.available ? `Kubernetes: ${testkubeBinary()}` : `no Kubernetes: ${sim.reason}`);

const kafka = kafkaAvailable();
say(kafka.available ? `Kafka: ${await kafkaJars()}` : `no Kafka: ${kafka.reason}`);

const prometheus = prometheusAvailable();
say(
  prometheus.available
    ? `Prometheus: ${(await prometheusPrograms()).prometheus}`
    : `no Prometheus: ${prometheus.reason}`,
);
