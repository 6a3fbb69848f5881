import { t, type MessageKey } from '../i18n/i18n.svelte.ts';
import type { ApiError } from '../lib/api/client.ts';

const BY_CODE: Readonly<Record<string, MessageKey>> = {
  offline: 'ui.failed.offline',
  unauthorized: 'ui.failed.unauthorized',
  forbidden: 'ui.failed.forbidden',
  not_found: 'ui.failed.not_found',
  bad_request: 'ui.failed.bad_request',
  unavailable: 'ui.failed.unavailable',
  store_unavailable: 'ui.failed.unavailable',
  timeout: 'ui.failed.timeout',
  unreadable: 'ui.failed.unreadable',
};

/** What happened, what it means for the data, and what to do. */
export const failureText = (error: ApiError): string =>
  t(BY_CODE[error.code] ?? 'ui.failed.other', { message: error.message });

const REFUSED: Readonly<Record<string, MessageKey>> = {
  forbidden: 'ui.refused.forbidden',
  not_found: 'ui.refused.not_found',
  bad_request: 'ui.refused.bad_request',
  offline: 'ui.refused.noAnswer',
  timeout: 'ui.refused.noAnswer',
};

/** The same of a change that was sent: whether it was made, and what to do. */
export const refusalText = (error: ApiError): string => {
  const key = REFUSED[error.code];
  return key === undefined ? failureText(error) : t(key, { message: error.message });
};
