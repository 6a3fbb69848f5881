import type { Draft } from './journal-writer.ts';
import type { Redact } from './redact.ts';
import type { Watched } from './sources.ts';
import type { BadLine } from './watch-lines.ts';

/** Enough to see what a proxy or a server has done to a line. */
const HEAD_CHARACTERS = 4096;
const STRING_REST = String.raw`(?:[^"\\]|\\.)*`;
/**
 * A projection leaves environment values, annotations and volumes' options out and reads arguments one by one; a line that
 * cannot be parsed has to be cleared of them by its text, in which an object may be quoted once more (as the last applied
 * configuration is).
 */
const MASKS: readonly RegExp[] = [
  new RegExp(
    String.raw`("(?:annotations|volumeAttributes|options|data|stringData|binaryData)"\s*:\s*\{)(?:[^"}]|"${STRING_REST}"?)*`,
    'g',
  ),
  new RegExp(String.raw`("(?:args|command)"\s*:\s*\[)(?:[^"\]]|"${STRING_REST}"?)*`, 'g'),
  new RegExp(String.raw`(last-applied-configuration"\s*:\s*")${STRING_REST}`, 'g'),
  new RegExp(String.raw`(value\\*"\s*:\s*\\*")${STRING_REST}`, 'g'),
];

/** The journal's entry for a watch line that could not be read: its first characters without what may be secret. */
export function badLineDraft({ source, namespace }: Watched, line: BadLine, redact: Redact): Draft {
  const cleared = MASKS.reduce((text, mask) => text.replaceAll(mask, '$1[redacted]'), line.head.toWellFormed());
  const value = redact(cleared).text.slice(0, HEAD_CHARACTERS).toWellFormed();
  const message = `a watch line of ${source.name}${namespace === '' ? '' : ` in ${namespace}`} of ${line.bytes} bytes: ${line.reason}`;
  const object = { reason: `watch_line_${line.reason}`, message, value };
  return { kind: 'dead_letter', op: 'add', namespace, name: '', uid: '', resource_version: '', object };
}
