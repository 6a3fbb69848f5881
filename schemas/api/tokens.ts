import Type, { type Static } from 'typebox';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const Pattern = Type.String({
  pattern: '^[A-Za-z0-9._*-]{1,253}$',
  description: 'A name; * stands for any characters',
});

/** The token file: who may read what. `token` is the secret itself or `sha256:` and its digest in hex. */
export const TokenFile = Type.Object(
  {
    tokens: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 100 }),
          token: Type.String({ minLength: 16, maxLength: 500 }),
          role: Type.Enum([...ROLES]),
          clusters: Type.Optional(Type.Array(Pattern, { minItems: 1 })),
          namespaces: Type.Optional(Type.Array(Pattern, { minItems: 1 })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);
export type TokenFile = Static<typeof TokenFile>;
