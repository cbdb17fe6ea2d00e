// Plan B: pre-check, ticket check and security check moved forward as a whole to the plaza's
// edge. Bigger holding areas, more lanes; behind security lies a secured inner plaza that
// everybody crosses freely to the stadium's doors.
import { line, loop, oval, polygon } from './geometry.mjs';
import {
  DIRECTIONS,
  GATES,
  SIDES,
  asset,
  camera,
  common,
  counter,
  feature,
  head,
  name,
  post,
  route,
} from './stadium.mjs';
import { approach, chain, exit } from './chain.mjs';

const PLAZA = { x: 140, y: 172, chamfer: 34 };
const DEPTHS = [14, 28, 48];
const APPROACH_M = 22;
const MIDDLE = { E: 54, W: 54, N: 44, S: 44 }; // of a group, metres from the axis
const HALF = { E: 24, W: 24, N: 22, S: 22 };
const LANES = {
  // precheck, ticket, security, security closed
  1: [3, 4, 5, 0],
  2: [5, 6, 8, 1],
  3: [5, 7, 8, 1],
  4: [4, 5, 6, 1],
  5: [4, 5, 6, 1],
  6: [3, 3, 4, 0],
  7: [2, 3, 3, 0],
  8: [2, 4, 5, 0],
};

// From the side's own coordinates (along the edge in the direction of t, metres outwards) to the site's.
const FRAME = {
  E: (along, out) => [PLAZA.x + out, along],
  N: (along, out) => [-along, PLAZA.y + out],
  W: (along, out) => [-PLAZA.x - out, -along],
  S: (along, out) => [along, -PLAZA.y - out],
};
// Whether the group is the first or the second on its side in the direction of t.
const FIRST = { 3: true, 1: true, 7: true, 5: true, 2: false, 8: false, 6: false, 4: false };

function group({ number, side }) {
  const [precheck, ticket, security, closed] = LANES[number];
  const centre = MIDDLE[side] * (FIRST[number] ? -1 : 1);
  return {
    number,
    side,
    inside: 'plaza',
    depths: DEPTHS,
    steps: 1,
    railed: [5, 3.5, 6],
    snake: 4,
    place: (u, v) => FRAME[side](centre + u * HALF[side], v),
    lanes: {
      P: { open: precheck, rate: 15 },
      T: { open: ticket, rate: 11 },
      S: { open: security, closed, rate: 8.5 },
    },
  };
}

// The ends of the groups along an edge: where zones share corners and where the fence opens.
const stops = side =>
  [-1, 1].flatMap(end => [-1, 1].map(u => end * MIDDLE[side] + u * HALF[side])).sort((a, b) => a - b);

function approaches() {
  return Object.keys(SIDES).flatMap(side => {
    const end = MIDDLE[side] + HALF[side] + 18,
      at = FRAME[side],
      near = DEPTHS[2],
      far = near + APPROACH_M;
    const inner = [-end, ...stops(side), end].map(along => at(along, near));
    return approach(side, [at(-end, far), at(end, far), ...inner.reverse()], [at(-end, far), at(end, far)]);
  });
}

function plazaRing() {
  return ['E', 'N', 'W', 'S'].flatMap(side => {
    const limit = (side === 'E' || side === 'W' ? PLAZA.y : PLAZA.x) - PLAZA.chamfer;
    return [-limit, ...stops(side), limit].map(along => FRAME[side](along, 0));
  });
}

function plaza() {
  return [
    feature('plaza', 'zone', polygon(plazaRing(), loop(0, 1.5)), {
      name: name('内广场（安检区内）', 'Inner plaza (behind security)'),
      use: 'concourse',
      obstructed_m2: 2400,
    }),
    ...GATES.map(({ number, t }) =>
      feature(`G${number}-door`, 'checkpoint', line([oval(t - 1.5, 0), oval(t + 1.5, 0)]), {
        name: name(`${number}号门`, `Gate ${number}`),
        stage: 'transfer',
        from: 'plaza',
        to: 'ring',
        width_m: 6,
        devices: [counter(`G${number}-D1`)],
      }),
    ),
    ...DIRECTIONS.map(d =>
      feature(`door-${d.id}`, 'checkpoint', line([oval(d.t - 2, 0), oval(d.t + 2, 0)]), {
        name: name(`${d.zh}侧疏散门`, `${d.en} escape door`),
        stage: 'transfer',
        from: 'ring',
        to: 'plaza',
        width_m: d.t % 90 ? 6 : 8,
        devices: [counter(`D-${d.id}`)],
      }),
    ),
  ];
}

const CORNERS = {
  NE: [
    [140, 138],
    [106, 172],
  ],
  NW: [
    [-106, 172],
    [-140, 138],
  ],
  SW: [
    [-140, -138],
    [-106, -172],
  ],
  SE: [
    [106, -172],
    [140, -138],
  ],
};

function exits() {
  return DIRECTIONS.map(d => {
    const corner = CORNERS[d.id];
    const ends = corner ?? [FRAME[d.id](-10, 0), FRAME[d.id](10, 0)];
    return exit(`exit-${d.id}`, ends, 'plaza', corner ? 8 : 10, corner ? 1 : 2, `${d.zh}出口`, `${d.en} exit`);
  });
}

// The fence along the plaza's edge, open at the security lines and at the exits.
function fence() {
  const list = [];
  const add = points =>
    list.push(
      feature(`fence-${list.length + 1}`, 'barrier', line(points), {
        name: name('硬质围挡', 'Perimeter fence'),
        form: 'fence',
        height_m: 2.4,
      }),
    );
  for (const side of Object.keys(SIDES)) {
    const limit = (side === 'E' || side === 'W' ? PLAZA.y : PLAZA.x) - PLAZA.chamfer,
      [a, b, c, d] = stops(side),
      at = FRAME[side];
    for (const [from, to] of [
      [-limit, a],
      [b, -5],
      [5, c],
      [d, limit],
    ])
      add([at(from, 0), at(to, 0)]);
    for (const along of [-5, 5])
      // the way out between the two groups
      add([at(along, 0), at(along, DEPTHS[2])]);
  }
  for (const [p, q] of Object.values(CORNERS)) {
    const part = f => [p[0] + (q[0] - p[0]) * f, p[1] + (q[1] - p[1]) * f];
    add([p, part(0.5 - 4 / 48.08)]);
    add([part(0.5 + 4 / 48.08), q]);
  }
  return list;
}

function links() {
  return Object.entries(SIDES).map(([side, { zh, en }]) =>
    feature(`walk-${side}`, 'link', line([FRAME[side](0, 84), FRAME[side](0, DEPTHS[2] + 2)]), {
      name: name(`${zh}广场步道`, `${en} plaza walk`),
      from: 'outside',
      to: `${side}-approach`,
      width_m: 20,
      form: 'walk',
      direction: 'both',
    }),
  );
}

function services() {
  const list = [];
  for (const [id, [p, q]] of Object.entries(CORNERS)) {
    const d = DIRECTIONS.find(direction => direction.id === id),
      out = [((p[0] + q[0]) / 2) * 0.93, ((p[1] + q[1]) / 2) * 0.93];
    list.push(post(`post-exit-${id}`, out, 'steward', 4, `${d.zh}出口岗`, `${d.en} exit`, 'plaza'));
    list.push(
      camera(
        `cam-plaza-${id}`,
        out,
        [out[0] * 0.6, out[1] * 0.86],
        `${d.zh}内广场摄像机`,
        `Camera, inner plaza ${d.en.toLowerCase()}`,
        ['plaza'],
        90,
      ),
    );
  }
  for (const [side, { zh, en }] of Object.entries(SIDES)) {
    const at = FRAME[side];
    list.push(post(`post-exit-${side}`, at(0, -4), 'steward', 4, `${zh}出口岗`, `${en} exit`, 'plaza'));
    list.push(
      post(
        `post-approach-${side}`,
        at(0, 60),
        'volunteer',
        4,
        `${zh}广场引导岗`,
        `${en} plaza guides`,
        `${side}-approach`,
      ),
    );
    list.push(
      camera(
        `cam-approach-${side}`,
        at(0, 50),
        at(0, 72),
        `${zh}广场摄像机`,
        `Camera, ${en.toLowerCase()} plaza`,
        [`${side}-approach`],
        60,
      ),
    );
    for (const [i, along] of [-98, 98].entries())
      list.push(
        asset(
          `tents-${side}${i + 1}`,
          'toilet',
          polygon(
            [
              [-5, 8],
              [5, 8],
              [5, 14],
              [-5, 14],
            ].map(([u, v]) => at(along + u, v)),
          ),
          `${zh}侧移动卫生间${i + 1}`,
          `Mobile toilets, ${en.toLowerCase()} ${i + 1}`,
        ),
      );
  }
  return list;
}

function routes() {
  const list = [
    route(
      'ingress-metro',
      'ingress',
      [
        [252, 36],
        [216, 20],
        [200, -20],
        [189, -54],
      ],
      '地铁进场流线',
      'Ingress from the metro',
    ),
    route(
      'ingress-bus',
      'ingress',
      [
        [30, -300],
        [40, -250],
        [44, -221],
      ],
      '公交进场流线',
      'Ingress from the buses',
    ),
    route(
      'ingress-P1',
      'ingress',
      [
        [-150, -300],
        [-216, -236],
        [-216, -96],
        [-199, -64],
        [-189, -54],
      ],
      'P1进场流线',
      'Ingress from car park P1',
    ),
    route(
      'ingress-P2',
      'ingress',
      [
        [70, 296],
        [56, 250],
        [44, 221],
      ],
      'P2进场流线',
      'Ingress from car park P2',
    ),
    route('ingress-inner', 'ingress', [[140, -54], oval(-22.5, 4)], '安检后进馆流线', 'From security to the doors'),
    route(
      'egress-metro',
      'egress',
      [oval(0, 2), [140, 0], [190, 0], [252, 30]],
      '地铁散场流线',
      'Egress to the metro',
    ),
    route(
      'egress-bus',
      'egress',
      [oval(-90, 2), [0, -172], [0, -222], [24, -296]],
      '公交散场流线',
      'Egress to the buses',
    ),
  ];
  for (const d of DIRECTIONS) {
    const corner = CORNERS[d.id];
    const far = corner
      ? [corner[0][0] + corner[1][0], corner[0][1] + corner[1][1]].map(v => v * 0.66)
      : FRAME[d.id](0, 78);
    const via = corner ? [(corner[0][0] + corner[1][0]) / 2, (corner[0][1] + corner[1][1]) / 2] : FRAME[d.id](0, 0);
    list.push(
      route(
        `evacuation-${d.id}`,
        'evacuation',
        [oval(d.t, -28), oval(d.t, 2), via, far],
        `${d.zh}疏散路线`,
        `Evacuation, ${d.en.toLowerCase()}`,
      ),
    );
  }
  return list;
}

export function planB() {
  const chains = GATES.map(gate => chain(group(gate)));
  const openings = [
    ...GATES.map(({ t }) => ({ t: (t + 360) % 360, half: 1.5 })),
    ...DIRECTIONS.map(d => ({ t: d.t, half: d.t % 90 ? 1.5 : 2 })),
  ];
  const { zones, rest } = common(openings);
  const [inner, ...doors] = plaza();
  return {
    head: head(name('方案B：三道检查整体前移', 'B: checks moved forward')),
    features: [
      ...approaches(),
      ...chains.flatMap(c => c.zones),
      inner,
      ...zones,
      ...chains.flatMap(c => c.checks),
      ...doors,
      ...exits(),
      ...links(),
      ...fence(),
      ...chains.flatMap(c => c.rest),
      ...services(),
      ...rest,
      ...routes(),
    ],
  };
}
