import { metadata } from './metadata.ts';
import { condition, fields, list, scalar, scalars, scalarsNamed, structure, type Shape } from './shapes.ts';

export const service: Shape = fields({
  metadata,
  spec: scalarsNamed(
    'type clusterIP publishNotReadyAddresses externalTrafficPolicy internalTrafficPolicy trafficDistribution sessionAffinity ' +
      'ipFamilyPolicy externalName loadBalancerClass healthCheckNodePort',
    {
      selector: scalars,
      clusterIPs: list(scalar),
      externalIPs: list(scalar),
      ipFamilies: list(scalar),
      ports: list(scalarsNamed('name port targetPort protocol nodePort appProtocol')),
    },
  ),
  status: fields({
    conditions: list(condition),
    loadBalancer: fields({ ingress: list(scalarsNamed('ip hostname ipMode')) }),
  }),
});

export const endpointSlice: Shape = fields({
  metadata,
  addressType: scalar,
  endpoints: list(
    scalarsNamed('nodeName zone hostname', {
      addresses: list(scalar),
      conditions: scalarsNamed('ready serving terminating'),
      targetRef: scalarsNamed('kind namespace name uid'),
      hints: structure,
    }),
  ),
  ports: list(scalarsNamed('name port protocol appProtocol')),
});
