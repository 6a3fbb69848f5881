/** Which services' selectors match a pod's labels, by namespace. Derived from the state; a service without selector matches none. */
export interface ServiceSelector {
  namespace: string;
  name: string;
  selector: Record<string, string>;
}

export interface ServiceIndex {
  put(uid: string, service: ServiceSelector): void;
  drop(uid: string): void;
  /** Names of the services, in their order. */
  matching(namespace: string, labels: Readonly<Record<string, string>> | undefined): string[];
}

export function createServiceIndex(): ServiceIndex {
  const byUid = new Map<string, ServiceSelector>();
  // By one of the labels that it asks for, so that a pod is compared with few.
  const byLabel = new Map<string, Set<ServiceSelector>>();
  const drop = (uid: string) => {
    const service = byUid.get(uid);
    if (!service) return;
    byUid.delete(uid);
    const key = labelKey(service);
    const alike = byLabel.get(key);
    alike?.delete(service);
    if (alike?.size === 0) byLabel.delete(key);
  };
  return {
    put(uid, service) {
      drop(uid);
      byUid.set(uid, service);
      const key = labelKey(service);
      const alike = byLabel.get(key);
      if (alike) alike.add(service);
      else byLabel.set(key, new Set([service]));
    },
    drop,
    matching(namespace, labels = {}) {
      const names: string[] = [];
      for (const label in labels) {
        for (const service of byLabel.get(`${namespace}/${label}=${labels[label]}`) ?? []) {
          if (selects(service.selector, labels)) names.push(service.name);
        }
      }
      return names.sort();
    },
  };
}

function labelKey({ namespace, selector }: ServiceSelector): string {
  const [first] = Object.entries(selector);
  return first ? `${namespace}/${first[0]}=${first[1]}` : '';
}

export function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  let asks = false;
  for (const key in selector) {
    if (labels[key] !== selector[key]) return false;
    asks = true;
  }
  return asks;
}
