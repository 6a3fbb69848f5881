import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { MaintenanceRow } from '../outages.ts';
import { page, wireFields } from './envelope.ts';

const fields = wireFields(MaintenanceRow, [
  'id',
  'cluster',
  'namespace',
  'service',
  'from',
  'to',
  'reason',
  'updated_by',
  'updated_at',
]);

export const MaintenanceItem = Type.Object(fields);
export type MaintenanceItem = Static<typeof MaintenanceItem>;
export const MaintenancePage = page(MaintenanceItem);

/** One line that says something: no control characters, and none that turn the direction of the text around. */
const REASON = String.raw`^(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$`;

const name = (description: string) => Type.String({ maxLength: 253, description });
export const MaintenanceNew = Type.Object(
  {
    cluster: name("Cluster; '' for all"),
    namespace: name("Namespace; '' for all"),
    service: name("Service; '' for all"),
    from: { ...Time, description: 'At most a year from now, before or after' },
    to: { ...Time, description: 'After from, at most 31 days later' },
    reason: Type.String({ minLength: 1, maxLength: 1000, pattern: REASON, description: 'One line, not blank' }),
  },
  { additionalProperties: false },
);
export type MaintenanceNew = Static<typeof MaintenanceNew>;
