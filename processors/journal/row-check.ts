import Type, { type TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Table } from '../../schemas/column.ts';
import type { Row } from './batch-rows.ts';

/** The first column of a row that does not fit, or null. */
type RowCheck = (row: Row) => string | null;

const checks = new WeakMap<Table, RowCheck>();

function checkOf(table: Table): RowCheck {
  const known = checks.get(table);
  if (known) return known;
  const check = Compile(Type.Omit(table.row as TObject, ['version']));
  const made: RowCheck = (row) => {
    if (check.Check(row)) return null;
    const [first] = check.Errors(row);
    return first ? `${table.name}${first.instancePath.replaceAll('/', '.')} ${first.message}` : table.name;
  };
  checks.set(table, made);
  return made;
}

/**
 * What keeps a row out of its table, or null. One that the store refuses would hold up its whole batch for ever: what an
 * API server's odd object leads to has to be found before.
 */
export const misfit = (table: Table, row: Row): string | null => checkOf(table)(row);
