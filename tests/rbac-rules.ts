import { readFileSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What these tests read of an object in deploy/rbac.yaml. */
export interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

export const RBAC_YAML = readFileSync(new URL('../deploy/rbac.yaml', import.meta.url), 'utf8');

export const rbacObjects = (): RbacObject[] =>
  parseAllDocuments(RBAC_YAML)
    .map((document) => document.toJS() as RbacObject | null)
    .filter((object) => object !== null);

export const manifestOf = (objects: readonly RbacObject[]): string =>
  objects.map((object) => stringify(object)).join('---\n');

/** One line for each right: `VERB GROUP/RESOURCE`, with `=NAME` where it holds for one name only. */
export const rightsOf = (rules: readonly Rule[]): string[] =>
  rules
    .flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) =>
            (resourceNames ?? ['']).map((name) => `${verb} ${group}/${resource}${name && `=${name}`}`),
          ),
        ),
      ),
    )
    .toSorted();

/** The objects with some resources taken out of the ClusterRole. */
export const withoutResources = (objects: readonly RbacObject[], taken: readonly string[]): RbacObject[] =>
  objects.map((object) =>
    object.kind === 'ClusterRole' && object.rules
      ? {
          ...object,
          rules: object.rules
            .map((rule) => ({ ...rule, resources: rule.resources.filter((resource) => !taken.includes(resource)) }))
            .filter((rule) => rule.resources.length > 0),
        }
      : object,
  );
