import type { Answer } from './api/client.ts';

export type Session = Answer<'getSession'>;
export type Role = Session['role'];

/** Each may do what those before it may. */
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Whether the API knows who asks: `unknown` until it has said so. */
let state = $state<'unknown' | 'in' | 'out'>('unknown');
let current = $state.raw<Session | null>(null);

export const session = {
  get state() {
    return state;
  },
  /** Who is signed in; null while that is not known. */
  get current() {
    return current;
  },
};

/** Whether who asks may do what needs a role; a server that does not say is asked, and refuses by itself. */
export const hasRole = (role: Role): boolean => current === null || ROLES.indexOf(current.role) >= ROLES.indexOf(role);

export function signedIn(who: Session | null = null): void {
  state = 'in';
  current = who ?? current;
}

export function signedOut(): void {
  state = 'out';
  current = null;
}
