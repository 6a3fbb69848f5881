import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const textOf = (name: string, server: string, token: string) => `apiVersion: v1
kind: Config
clusters: [{ name: ${name}, cluster: { server: '${server}', insecure-skip-tls-verify: true } }]
users: [{ name: ${name}, user: { token: ${token} } }]
contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name} } }]
current-context: ${name}
`;

/** A kubeconfig file with a token; `renew` writes the next one and answers it. */
export function createTokenFile(dir: string, name: string): { path: string; renew(server: string): string } {
  const path = join(dir, `${name}.kubeconfig`);
  let tokens = 0;
  return {
    path,
    renew(server) {
      const token = `token-${++tokens}`;
      writeFileSync(path, textOf(name, server, token));
      return token;
    },
  };
}
