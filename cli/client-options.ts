import Type, { type Static } from 'typebox';

const maybeText = (description: string) => Type.Optional(Type.String({ description }));

/** How `run` and `check` reach the API. */
export const ClientOptions = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        pattern: '^https?://',
        examples: ['https://tidemark.example.com'],
        description: 'address of the API; also --url and TIDEMARK_URL; unset: http://127.0.0.1:8080',
      }),
    ),
    token: maybeText('token that is shown to the API'),
    token_file: maybeText('file with that token; read at each call'),
    ca_file: maybeText("PEM file of the API's authority; unset: the system's"),
  },
  { additionalProperties: false, default: {} },
);
export type ClientOptions = Static<typeof ClientOptions>;
