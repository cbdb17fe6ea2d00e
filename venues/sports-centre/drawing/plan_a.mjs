// Plan A: the three checks stand back to back in front of the stadium's doors. The holding
// areas are a few hundred square metres each, the lanes choke: security lets 256 a minute in.
import { arc, line, oval } from './geometry.mjs';
import { DIRECTIONS, GATES, SIDES, common, feature, head, name, route } from './stadium.mjs';
import { approach, chain, exit } from './chain.mjs';

const DEPTHS = [7, 14, 25];
const LANES = {
  // precheck, ticket, security, security closed
  1: [2, 3, 3, 1],
  2: [3, 4, 5, 1],
  3: [3, 4, 5, 1],
  4: [3, 4, 5, 1],
  5: [3, 3, 4, 1],
  6: [2, 3, 3, 1],
  7: [2, 2, 3, 1],
  8: [2, 3, 4, 1],
};

function group({ number, t, side }) {
  const half = side === 'E' || side === 'W' ? 6 : 7.5;
  const [precheck, ticket, security, closed] = LANES[number];
  return {
    number,
    side,
    inside: 'ring',
    depths: DEPTHS,
    steps: Math.round((half * 2) / 1.5),
    railed: [3, 2.5, 3.5],
    snake: 2,
    place: (u, v) => oval(t + u * half, v),
    lanes: {
      P: { open: precheck, rate: 15 },
      T: { open: ticket, rate: 11 },
      S: { open: security, closed, rate: 8 },
    },
  };
}

// The plaza's four sides: outside the checks up to the chamfered edge at 188 x 220 m.
const MITRE = { E: -45, N: 45, W: 135, S: 225 };
const CORNER = [
  [168, 200],
  [-168, 200],
  [-168, -200],
  [168, -200],
];
const EDGE = {
  E: [
    [168, -200],
    [188, -180],
    [188, 180],
    [168, 200],
  ],
  N: [
    [168, 200],
    [148, 220],
    [-148, 220],
    [-168, 200],
  ],
  W: [
    [-168, 200],
    [-188, 180],
    [-188, -180],
    [-168, -200],
  ],
  S: [
    [-168, -200],
    [-148, -220],
    [148, -220],
    [168, -200],
  ],
};

const approaches = () =>
  Object.keys(SIDES).flatMap(side =>
    approach(side, [...EDGE[side], ...arc(MITRE[side] + 90, MITRE[side], DEPTHS[2], 1.5)], EDGE[side].slice(1, 3)),
  );

function exits() {
  return DIRECTIONS.map(d => {
    const wide = d.t % 90 === 0;
    return exit(
      `exit-${d.id}`,
      [oval(d.t - 3, 0), oval(d.t + 3, 0)],
      'ring',
      wide ? 8 : 6,
      wide ? 2 : 1,
      `${d.zh}出口`,
      `${d.en} exit`,
    );
  });
}

function links() {
  return Object.entries(SIDES).map(([side, { zh, en }]) => {
    const t = { E: 0, N: 90, W: 180, S: 270 }[side];
    return feature(`walk-${side}`, 'link', line([oval(t, 66), oval(t, 27)]), {
      name: name(`${zh}广场步道`, `${en} plaza walk`),
      from: 'outside',
      to: `${side}-approach`,
      width_m: 12,
      form: 'walk',
      direction: 'both',
    });
  });
}

function routes() {
  const list = [
    route(
      'ingress-metro',
      'ingress',
      [[252, 36], [190, 20], oval(-14, 42), oval(-22.5, 27)],
      '地铁进场流线',
      'Ingress from the metro',
    ),
    route(
      'ingress-bus',
      'ingress',
      [[30, -300], [34, -232], oval(-67.5, 27)],
      '公交进场流线',
      'Ingress from the buses',
    ),
    route(
      'ingress-P1',
      'ingress',
      [[-150, -300], [-206, -170], [-176, -90], oval(-157.5, 27)],
      'P1进场流线',
      'Ingress from car park P1',
    ),
    route(
      'ingress-P2',
      'ingress',
      [[70, 296], [62, 232], oval(67.5, 27)],
      'P2进场流线',
      'Ingress from car park P2',
    ),
    route(
      'egress-metro',
      'egress',
      [oval(0, 2), oval(0, 60), [190, 10], [252, 30]],
      '地铁散场流线',
      'Egress to the metro',
    ),
    route('egress-bus', 'egress', [oval(-90, 2), oval(-90, 80), [20, -296]], '公交散场流线', 'Egress to the buses'),
  ];
  for (const d of DIRECTIONS)
    list.push(
      route(
        `evacuation-${d.id}`,
        'evacuation',
        [oval(d.t, -28), oval(d.t, 2), oval(d.t, d.t % 90 ? 74 : 70)],
        `${d.zh}疏散路线`,
        `Evacuation, ${d.en.toLowerCase()}`,
      ),
    );
  return list;
}

export function planA() {
  const chains = GATES.map(gate => chain(group(gate)));
  const openings = [
    ...GATES.map(({ t, side }) => ({ t: (t + 360) % 360, half: side === 'E' || side === 'W' ? 6 : 7.5 })),
    ...DIRECTIONS.map(d => ({ t: d.t, half: d.t % 90 ? 1.5 : 2 })),
  ];
  const { zones, rest } = common(openings);
  return {
    head: head(name('方案A：三道检查设在馆门前', 'A: checks at the doors')),
    features: [
      ...approaches(),
      ...chains.flatMap(c => c.zones),
      ...zones,
      ...chains.flatMap(c => c.checks),
      ...exits(),
      ...links(),
      ...chains.flatMap(c => c.rest),
      ...rest,
      ...routes(),
    ],
  };
}
