import { api, ApiError, body } from '../lib/api/client.ts';
import { signedIn, signedOut } from '../lib/session.svelte.ts';

/** Asks the API who this browser is. Where it does not answer, the pages are shown and say so themselves. */
export async function askSession(): Promise<void> {
  try {
    signedIn(await body(api.GET('/api/v1/session')));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code !== 'unauthorized') signedIn();
  }
}

/** Keeps the token in this browser's cookie. Throws ApiError `unauthorized` for a token that there is not. */
export async function signIn(token: string): Promise<void> {
  signedIn(await body(api.POST('/api/v1/session', { body: { token } })));
}

export async function signOut(): Promise<void> {
  await body(api.DELETE('/api/v1/session'));
  signedOut();
}
