import type { Table } from './column.ts';
import { exceptionLogsTable, exceptionsTable, groupNotesTable } from './exceptions.ts';
import { foldClaimsTable, foldStateTable } from './folds.ts';
import { maintenanceTable, outagesTable, serviceEndpointsTable, servicesTable } from './outages.ts';
import { rolloutsTable } from './rollouts.ts';
import { autoscalersTable, nodeResourcesTable, podResourcesTable } from './resources.ts';
import { runsTable } from './runs.ts';
import {
  groupUsageDayTable,
  groupUsageHourTable,
  podUsageDayTable,
  podUsageHourTable,
  podUsageImportTable,
  podUsageTable,
  usageDaysTable,
  usageImportsTable,
  usageSourcesTable,
  usageWindowsTable,
} from './usage.ts';
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
  podUsageTable,
  podUsageImportTable,
  podUsageHourTable,
  podUsageDayTable,
  groupUsageHourTable,
  groupUsageDayTable,
  usageWindowsTable,
  usageImportsTable,
  usageDaysTable,
  usageSourcesTable,
  podResourcesTable,
  nodeResourcesTable,
  autoscalersTable,
  runsTable,
  foldClaimsTable,
  foldStateTable,
];
