/** Writes the types of the API's client from the API's own description. */
import { mkdir, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { describeApi } from '../../api/describe.ts';

const OUT = new URL('../src/lib/api/generated/schema.ts', import.meta.url);
const HEADER = "// Made from the API's OpenAPI description by `npm run generate`; not kept in git.\n";

const description = await describeApi();
const ast = await openapiTS(description as Parameters<typeof openapiTS>[0], { exportType: true, alphabetize: false });
await mkdir(new URL('.', OUT), { recursive: true });
await writeFile(OUT, HEADER + astToString(ast));
