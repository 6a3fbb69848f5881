import { describe, expect, test } from 'vitest';
import { changesBetween, flatFields, flatPodTemplate } from './flat-template.ts';

const withPorts = (...ports: object[]) => flatPodTemplate({ spec: { containers: [{ name: 'dns', ports }] } });

describe('ports', () => {
  test('of one number but of two protocols are two', () => {
    const [tcp, udp] = [
      { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
    ];
    const both = { 'containers[dns].ports[53].name': 'dns-tcp', 'containers[dns].ports[53/UDP].name': 'dns' };
    expect(withPorts(tcp, udp)).toEqual(both);
    expect(withPorts(udp, tcp)).toEqual(both);
    expect(withPorts({ ...tcp, protocol: undefined }, udp)).toEqual(both);
  });

  test('of another protocol are others', () => {
    const changes = changesBetween(
      withPorts({ containerPort: 53 }),
      withPorts({ containerPort: 53, protocol: 'SCTP' }),
    );
    expect(changes).toEqual([
      { field: 'containers[dns].ports[53/SCTP]', before: null, after: '{}' },
      { field: 'containers[dns].ports[53]', before: '{}', after: null },
    ]);
  });
});

test('other parts are named by their own path; of maps that people fill the keys stand in brackets', () => {
  expect(flatFields('spec', { replicas: 2, selector: { matchLabels: { 'a.b/c': 'd' } }, paused: null })).toEqual({
    'spec.replicas': '2',
    'spec.selector.matchLabels[a.b/c]': 'd',
  });
});

test('of a variable it is told that it is set, changed or gone, never its value or hash', () => {
  const of = (envHash: object) => flatPodTemplate({ spec: { containers: [{ name: 'app', image: 'a', envHash }] } });
  expect(changesBetween(of({ A: 'h1', B: 'h1' }), of({ B: 'h2', C: 'h3' }))).toEqual([
    { field: 'containers[app].env[A]', before: 'set', after: null },
    { field: 'containers[app].env[B]', before: 'set', after: 'changed' },
    { field: 'containers[app].env[C]', before: null, after: 'set' },
  ]);
});

test('at most 200 changes are told', () => {
  const labels = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l${i}`, 'x']));
  expect(changesBetween({}, flatFields('metadata', { labels }))).toHaveLength(200);
});
