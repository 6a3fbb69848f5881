import type { Table } from './column.ts';
import { exceptionLogsTable, exceptionsTable, groupNotesTable } from './exceptions.ts';
import { foldClaimsTable, foldStateTable } from './folds.ts';
import { maintenanceTable, outagesTable, serviceEndpointsTable, servicesTable } from './outages.ts';
import { rolloutsTable } from './rollouts.ts';
import { clustersTable, coverageTable, deadLettersTable, journalTable } from './journal.ts';

/** Every table the migrations make and rows are written to. */
export const TABLES: readonly Table[] = [
  exceptionsTable,
  exceptionLogsTable,
  groupNotesTable,
  journalTable,
  coverageTable,
  clustersTable,
  deadLettersTable,
  rolloutsTable,
  outagesTable,
  serviceEndpointsTable,
  servicesTable,
  maintenanceTable,
  foldClaimsTable,
  foldStateTable,
];
