import Type, { type Static } from 'typebox';
import { ROLES } from './tokens.ts';

export const Session = Type.Object({
  name: Type.String({ description: 'Name of the token; local while the API is open' }),
  role: Type.Enum([...ROLES]),
  clusters: Type.Array(Type.String(), { description: 'Patterns of what may be seen; * stands for any characters' }),
  namespaces: Type.Array(Type.String()),
  open: Type.Boolean({ description: 'Whether no token is asked for: loopback only' }),
  version: Type.String({ description: "Tidemark's version" }),
});
export type Session = Static<typeof Session>;

export const SignIn = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false, description: 'The secret of the token file' },
);
