/**
 * The selected lines in the address: `120-130` on the exception's own page. In a pane the beginning of its id stands before
 * (`c6f519d0.120-130`), since the address goes on to other exceptions and these lines are not theirs.
 */
const OWNER_LENGTH = 8;

const prefixOf = (owner: string | null): string => (owner === null ? '' : `${owner.slice(0, OWNER_LENGTH)}.`);

/** The parameter for some lines; '' for none. `owner`: the id of the exception in a pane, null on its own page. */
export const lineParamFor = (lines: string, owner: string | null): string =>
  lines === '' ? '' : prefixOf(owner) + lines;

/** The lines that the parameter names for this exception; '' where it names none, or another's. */
export function linesIn(parameter: string, owner: string | null): string {
  const prefix = prefixOf(owner);
  return parameter.startsWith(prefix) ? parameter.slice(prefix.length) : '';
}
