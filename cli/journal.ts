import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bus } from '../platform/bus/journal.ts';
import { createKafkaBus, type KafkaBus } from '../platform/bus/kafka-bus.ts';
import type { KafkaOptions } from '../platform/bus/kafka-client.ts';
import { createLocalBus } from '../platform/bus/local-bus.ts';
import { AppError, messageOf } from '../platform/errors.ts';
import type { Config } from './config.ts';
import type { Parts } from './parts.ts';

/** The folder that holds every topic of the embedded journal, the agents' local logs among them. */
export const journalDir = (config: Config): string => join(config.data_dir, 'journal');

export const usesKafka = (config: Config): boolean => config.kafka.brokers.length > 0;

/** Kafka where brokers are configured, the local log otherwise. */
export function openBus(parts: Parts): Bus {
  const { config, clock, log, metrics } = parts;
  return usesKafka(config) ? openKafka(parts) : createLocalBus({ dir: journalDir(config), clock, log, metrics });
}

/** Kafka as configured; topics that are missing are made with the configured replication. */
export function openKafka({ config, clock, log, metrics }: Parts): KafkaBus {
  const topics = { replicationFactor: config.kafka.replication_factor };
  return createKafkaBus({ ...kafkaOptions(config), topics, clock, log, metrics });
}

/** The configuration's `kafka` section as the bus takes it. Throws AppError `config_invalid`. */
function kafkaOptions({ kafka }: Config): KafkaOptions {
  const { sasl_mechanism: mechanism, username, password } = kafka;
  if (mechanism !== undefined && (username === undefined || password === undefined)) {
    throw new AppError('config_invalid', 'kafka.sasl_mechanism needs kafka.username and kafka.password');
  }
  return {
    brokers: kafka.brokers,
    clientId: 'tidemark',
    ...(kafka.tls ? { ssl: kafka.ca_file === undefined ? true : { ca: [readCa(kafka.ca_file)] } } : {}),
    ...(mechanism && username !== undefined && password !== undefined
      ? { sasl: { mechanism, username, password } }
      : {}),
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AppError('config_invalid', `kafka.ca_file ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
