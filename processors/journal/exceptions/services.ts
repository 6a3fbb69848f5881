/** Which services' selectors match a pod's labels, by namespace. Derived from the state; a service without selector matches none. */
export interface ServiceState {
  namespace: string;
  name: string;
  selector: Record<string, string>;
}

export interface ServiceIndex {
  put(uid: string, service: ServiceState): void;
  drop(uid: string): void;
  matching(namespace: string, labels: Readonly<Record<string, string>> | undefined): string[];
}

export function createServiceIndex(): ServiceIndex {
  const byUid = new Map<string, ServiceState>();
  const byNamespace = new Map<string, Map<string, ServiceState>>();
  const drop = (uid: string) => {
    const service = byUid.get(uid);
    if (!service) return;
    byUid.delete(uid);
    byNamespace.get(service.namespace)?.delete(uid);
  };
  return {
    put(uid, service) {
      drop(uid);
      byUid.set(uid, service);
      let inNamespace = byNamespace.get(service.namespace);
      if (!inNamespace) byNamespace.set(service.namespace, (inNamespace = new Map()));
      inNamespace.set(uid, service);
    },
    drop,
    matching(namespace, labels) {
      const names: string[] = [];
      for (const service of byNamespace.get(namespace)?.values() ?? []) {
        if (selects(service.selector, labels ?? {})) names.push(service.name);
      }
      return names.sort();
    },
  };
}

export function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
