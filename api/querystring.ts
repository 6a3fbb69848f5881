import { parse } from 'node:querystring';
import { LIST_PARAMETERS } from '../schemas/api/parameters.ts';
import { splitList } from './selection.ts';

/** Lists may be repeated or separated by commas (see `Selection`); an empty parameter is as good as none. */
export function parseQuerystring(text: string): Record<string, string | string[]> {
  const given = Object.entries(parse(text)).map(([name, value]): [string, string[] | string] => {
    const values = (Array.isArray(value) ? value : [value ?? '']).filter((item) => item !== '');
    if (LIST_PARAMETERS.has(name)) return [name, values.flatMap(splitList)];
    return [name, values.length === 1 ? (values[0] ?? '') : values];
  });
  return Object.fromEntries(given.filter(([, value]) => value.length > 0));
}
