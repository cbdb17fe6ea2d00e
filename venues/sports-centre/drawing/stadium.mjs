// What both plans share: the stadium with its stands, galleries and pitch, the sources of the
// people, and the services that stand where they stand whichever way the checks are arranged.
import { arc, area, box, distance, heading, line, loop, oval, point, polygon, sector } from './geometry.mjs';

// Metres from the facade inwards: where each ring of the stadium ends.
export const RING = { facade: 0, concourse: -11, upper: -25, gallery: -31, lower: -48 };

export const SIDES = {
  N: { zh: '北', en: 'North' },
  E: { zh: '东', en: 'East' },
  S: { zh: '南', en: 'South' },
  W: { zh: '西', en: 'West' },
};

// Gate groups clockwise from north-north-east; t is where they stand on the oval.
export const GATES = [
  { number: 1, t: 67.5, side: 'N' },
  { number: 2, t: 22.5, side: 'E' },
  { number: 3, t: -22.5, side: 'E' },
  { number: 4, t: -67.5, side: 'S' },
  { number: 5, t: -112.5, side: 'S' },
  { number: 6, t: -157.5, side: 'W' },
  { number: 7, t: 157.5, side: 'W' },
  { number: 8, t: 112.5, side: 'N' },
];

export const DIRECTIONS = [
  { id: 'E', t: 0, zh: '东', en: 'East' },
  { id: 'NE', t: 45, zh: '东北', en: 'North-east' },
  { id: 'N', t: 90, zh: '北', en: 'North' },
  { id: 'NW', t: 135, zh: '西北', en: 'North-west' },
  { id: 'W', t: 180, zh: '西', en: 'West' },
  { id: 'SW', t: 225, zh: '西南', en: 'South-west' },
  { id: 'S', t: 270, zh: '南', en: 'South' },
  { id: 'SE', t: 315, zh: '东南', en: 'South-east' },
];

export const name = (zh, en) => ({ zh, en });
export const feature = (id, kind, geometry, properties) => ({
  type: 'Feature',
  id,
  properties: { kind, ...properties },
  geometry,
});

export const counter = (id, more) => ({ id, kind: 'counter', miss_in: 0.01, miss_out: 0.01, ...more });
export const clicker = id => ({ id, kind: 'clicker', miss_in: 0.02, miss_out: 0.02, period_s: 60 });

const TIERS = [
  {
    id: 'lower',
    zh: '下层',
    en: 'lower tier',
    from: RING.lower,
    to: RING.gallery,
    level: 0,
    seats: 15600,
    entry: RING.gallery,
  },
  {
    id: 'upper',
    zh: '上层',
    en: 'upper tier',
    from: RING.upper,
    to: RING.concourse,
    level: 2,
    seats: 14400,
    entry: RING.upper,
  },
];

// Seats by area, in tens, so that every tier has exactly its number.
function shareSeats(rings, seats) {
  const areas = rings.map(area),
    whole = areas.reduce((a, b) => a + b);
  const shares = areas.map(a => Math.round((seats * a) / whole / 10) * 10);
  shares[0] += seats - shares.reduce((a, b) => a + b);
  return shares;
}

function stands() {
  return TIERS.flatMap(tier => {
    const rings = DIRECTIONS.map(d => sector(d.t - 21, d.t + 21, tier.from, tier.to, 3));
    const seats = shareSeats(rings, tier.seats);
    return DIRECTIONS.flatMap((d, i) => {
      const id = `stand-${d.id}-${tier.id}`;
      const door = arc(d.t - 3, d.t + 3, tier.entry, 6);
      return [
        feature(id, 'zone', polygon(rings[i]), {
          name: name(`${d.zh}看台${tier.zh}`, `${d.en} stand, ${tier.en}`),
          use: 'stand',
          level: tier.level,
          seats: seats[i],
        }),
        feature(`${id}-door`, 'checkpoint', line(door), {
          name: name(`${d.zh}看台${tier.zh}入口`, `Entrance to ${d.en.toLowerCase()} stand, ${tier.en}`),
          stage: 'transfer',
          level: 1,
          from: 'gallery',
          to: id,
          width_m: 6,
          devices: [counter(`${d.id}-${tier.id === 'lower' ? 'L' : 'U'}1`)],
        }),
      ];
    });
  });
}

// The gallery runs between the tiers; eight passages lead from it out to the ring concourse and down to the pitch.
function gallery() {
  const outer = DIRECTIONS.flatMap(d => [
    ...arc(d.t - 21, d.t + 21, RING.upper, 3),
    oval(d.t + 21, RING.concourse),
    oval(d.t + 24, RING.concourse),
  ]);
  const inner = DIRECTIONS.flatMap(d => [
    ...arc(d.t - 21, d.t + 21, RING.gallery, 3),
    oval(d.t + 21, RING.lower),
    oval(d.t + 24, RING.lower),
  ]);
  return polygon(outer, inner);
}

function ring() {
  return polygon(loop(RING.facade, 1.5), loop(RING.concourse, 3));
}

// A round stage with four runways, in the middle of the pitch.
const STAGE = [
  [-3, 14],
  [-3, 34],
  [3, 34],
  [3, 14],
  [10, 10],
  [14, 3],
  [30, 3],
  [30, -3],
  [14, -3],
  [10, -10],
  [3, -14],
  [3, -34],
  [-3, -34],
  [-3, -14],
  [-10, -10],
  [-14, -3],
  [-30, -3],
  [-30, 3],
  [-14, 3],
  [-10, 10],
];

function insideZones() {
  return [
    feature('ring', 'zone', ring(), {
      name: name('环形通道', 'Ring concourse'),
      use: 'concourse',
      obstructed_m2: 900,
    }),
    feature('gallery', 'zone', gallery(), {
      name: name('看台环廊', 'Stand gallery'),
      use: 'concourse',
      level: 1,
      obstructed_m2: 300,
    }),
    feature('pitch', 'zone', polygon(loop(RING.lower, 3), STAGE), {
      name: name('内场', 'Pitch'),
      use: 'pitch',
      capacity_ppl: 600,
      note: 'crew, security and guests of the organiser only',
    }),
    feature('stage', 'zone', polygon(STAGE), { name: name('舞台', 'Stage'), use: 'stage', capacity_ppl: 120 }),
    feature('pitch-door', 'checkpoint', line(arc(-157.5 - 1.5, -157.5 + 1.5, RING.lower, 3)), {
      name: name('内场入口', 'Pitch entrance'),
      stage: 'transfer',
      from: 'gallery',
      to: 'pitch',
      width_m: 4,
      devices: [clicker('PITCH-1')],
    }),
    feature(
      'stage-door',
      'checkpoint',
      line([
        [-30, -3],
        [-30, 3],
      ]),
      {
        name: name('舞台入口', 'Stage entrance'),
        stage: 'transfer',
        from: 'pitch',
        to: 'stage',
        width_m: 3,
        devices: [clicker('STAGE-1')],
      },
    ),
  ];
}

// Eight stairs from the ring concourse up to the gallery, one behind each gate, each with an overhead counter.
function stairs() {
  return GATES.flatMap(({ number, t }) => [
    feature(`K${number}`, 'checkpoint', line([oval(t - 1.5, RING.concourse), oval(t + 1.5, RING.concourse)]), {
      name: name(`${number}号看台通道`, `Passage ${number}`),
      stage: 'transfer',
      from: 'ring',
      to: 'gallery',
      width_m: 6,
      devices: [counter(`K${number}-1`)],
    }),
    feature(`K${number}-stair`, 'link', line([oval(t, RING.concourse + 3), oval(t, RING.upper - 2)]), {
      name: name(`${number}号楼梯`, `Stair ${number}`),
      from: 'ring',
      to: 'gallery',
      width_m: 5.6,
      form: 'stair',
      direction: 'both',
      level: 1,
    }),
  ]);
}

export const SOURCES = [
  {
    id: 'metro-C',
    form: 'metro',
    at: [252, 36],
    share: 0.36,
    side: 'E',
    zh: '地铁2号线C口',
    en: 'Metro line 2, exit C',
    batch_ppl: 190,
    headway_s: 240,
  },
  {
    id: 'bus-hub',
    form: 'bus',
    at: [30, -300],
    share: 0.16,
    side: 'S',
    zh: '体育中心公交枢纽',
    en: 'Sports Centre bus station',
    batch_ppl: 60,
    headway_s: 90,
  },
  { id: 'walk-south', form: 'walk', at: [-70, -286], share: 0.12, side: 'S', zh: '步行到达', en: 'On foot' },
  { id: 'P1', form: 'carpark', at: [-150, -300], share: 0.16, side: 'W', zh: 'P1停车场', en: 'Car park P1' },
  { id: 'P2', form: 'carpark', at: [70, 296], share: 0.14, side: 'N', zh: 'P2停车场', en: 'Car park P2' },
  { id: 'drop-off', form: 'dropoff', at: [-96, 272], share: 0.06, side: 'N', zh: '网约车落客区', en: 'Drop-off' },
];

const sources = () =>
  SOURCES.map(({ id, form, at, share, side, zh, en, ...trains }) =>
    feature(id, 'source', point(at), { name: name(zh, en), form, share, to: `${side}-approach`, ...trains }),
  );

const asset = (id, form, geometry, zh, en, more) =>
  feature(id, 'asset', geometry, { name: name(zh, en), form, ...more });

function assets() {
  const list = [
    asset('command-post', 'other', polygon(box([-196, 214], 16, 8, 45)), '现场指挥部', 'Command post'),
    asset('medical-station', 'first_aid', polygon(box([196, 214], 14, 7, -45)), '医疗救护站', 'Medical station'),
  ];
  for (const [i, at] of [
    [202, 204],
    [202, -204],
    [-202, -204],
    [-202, 204],
  ].entries())
    list.push(asset(`ambulance-${i + 1}`, 'ambulance', point(at), `${i + 1}号救护车`, `Ambulance ${i + 1}`));
  for (const [i, at] of [
    [196, -214],
    [-196, -214],
  ].entries())
    list.push(asset(`fire-engine-${i + 1}`, 'fire', point(at), `${i + 1}号消防车`, `Fire engine ${i + 1}`));
  DIRECTIONS.forEach((d, i) => {
    list.push(asset(`hydrant-${i + 1}`, 'fire', point(oval(d.t + 9, 3)), `${i + 1}号消火栓`, `Hydrant ${i + 1}`));
    list.push(
      asset(
        `toilet-${i + 1}`,
        'toilet',
        polygon(sector(d.t - 17, d.t - 11, RING.concourse, RING.concourse + 4, 3)),
        `${d.zh}侧卫生间`,
        `Toilets, ${d.en.toLowerCase()}`,
      ),
    );
    if (i % 2 === 0) {
      list.push(
        asset(
          `first-aid-${d.id}`,
          'first_aid',
          point(oval(d.t + 12, RING.concourse + 2)),
          `${d.zh}侧急救点`,
          `First aid, ${d.en.toLowerCase()}`,
        ),
      );
      list.push(
        asset(
          `water-${d.id}`,
          'water',
          point(oval(d.t - 8, RING.concourse + 2)),
          `${d.zh}侧饮水点`,
          `Water point, ${d.en.toLowerCase()}`,
        ),
      );
    }
  });
  for (const [i, t] of [45, 135, 225, 315].entries())
    list.push(
      asset(
        `screen-${i + 1}`,
        'screen',
        line(arc(t - 5, t + 5, RING.lower - 4, 5)),
        `${i + 1}号大屏`,
        `Screen ${i + 1}`,
        { level: 3 },
      ),
    );
  for (const { number, t } of GATES)
    list.push(
      asset(
        `door-${number}`,
        'gate',
        line([oval(t - 1.5, 0), oval(t + 1.5, 0)]),
        `${number}号门`,
        `Gate ${number}`,
      ),
    );
  return list;
}

function signs() {
  const places = [
    [[216, 60], '地铁方向，前往2、3号门', 'Metro; to gates 2 and 3'],
    [[216, -112], '前往3、4号门', 'To gates 3 and 4'],
    [[56, -247], '公交方向，前往4、5号门', 'Buses; to gates 4 and 5'],
    [[-112, -247], '前往5、6号门', 'To gates 5 and 6'],
    [[-216, -60], '湖滨路，前往6、7号门', 'Hubin Road; to gates 6 and 7'],
    [[-56, 247], '落客区方向，前往8号门', 'Drop-off; to gate 8'],
    [[56, 247], 'P2停车场方向，前往1号门', 'Car park P2; to gate 1'],
  ];
  return places.map(([at, zh, en], i) => asset(`sign-${i + 1}`, 'sign', point(at), zh, en));
}

// Barriers in the stadium: the pitch rail, and the facade's wall between its openings.
function barriers(openings) {
  const list = DIRECTIONS.map(d =>
    feature(`pitch-rail-${d.id}`, 'barrier', line(arc(d.t - 21, d.t + 21, RING.lower - 1.5, 3)), {
      name: name('内场护栏', 'Pitch rail'),
      form: 'rail',
      height_m: 1.1,
    }),
  );
  const sorted = [...openings].sort((a, b) => a.t - b.t);
  sorted.forEach((here, i) => {
    const next = sorted[(i + 1) % sorted.length];
    const end = next.t + (i + 1 === sorted.length ? 360 : 0) - next.half;
    list.push(
      feature(`facade-${i + 1}`, 'barrier', line(arc(here.t + here.half, end, 0, 1.5)), {
        name: name('外墙', 'Facade'),
        form: 'wall',
        height_m: 12,
      }),
    );
  });
  return list;
}

const post = (id, at, role, staff, zh, en, zone) =>
  feature(id, 'post', point(at), { name: name(zh, en), role, staff_ppl: staff, zone });
export { post };

function posts() {
  const list = [
    post('post-command', [-196, 214], 'command', 12, '现场指挥部', 'Command post'),
    post('post-medical', [196, 214], 'medical', 8, '医疗救护站', 'Medical station'),
    post('post-metro', [246, 44], 'police', 6, '地铁口岗', 'Metro exit post'),
  ];
  for (const d of DIRECTIONS) {
    list.push(
      post(
        `post-gallery-${d.id}`,
        oval(d.t, (RING.gallery + RING.upper) / 2),
        'steward',
        4,
        `${d.zh}看台环廊岗`,
        `Gallery, ${d.en.toLowerCase()}`,
        'gallery',
      ),
    );
    list.push(
      post(
        `post-front-${d.id}`,
        oval(d.t, RING.lower - 4),
        'steward',
        3,
        `${d.zh}侧内场岗`,
        `Pitch side, ${d.en.toLowerCase()}`,
        'pitch',
      ),
    );
  }
  for (const d of DIRECTIONS.filter(({ t }) => t % 90 === 0)) {
    list.push(
      post(
        `post-fire-${d.id}`,
        oval(d.t + 6, RING.concourse / 2),
        'fire',
        2,
        `${d.zh}侧消防岗`,
        `Fire post, ${d.en.toLowerCase()}`,
        'ring',
      ),
    );
    list.push(
      post(
        `post-aid-${d.id}`,
        oval(d.t + 12, RING.concourse + 3),
        'medical',
        2,
        `${d.zh}侧急救岗`,
        `First aid, ${d.en.toLowerCase()}`,
        'ring',
      ),
    );
  }
  for (const [i, at] of [
    [18, 12],
    [-18, 12],
    [-18, -12],
    [18, -12],
  ].entries())
    list.push(post(`post-stage-${i + 1}`, at, 'steward', 4, `舞台${i + 1}号岗`, `Stage post ${i + 1}`, 'pitch'));
  return list;
}

export function camera(id, at, target, zh, en, watches, range = Math.round(distance(at, target) * 1.6)) {
  return feature(id, 'camera', point(at), {
    name: name(zh, en),
    heading_deg: heading(at, target),
    field_of_view_deg: 68,
    range_m: Math.max(25, range),
    watches,
  });
}

function cameras() {
  const list = [camera('cam-metro', [240, 20], [252, 40], '地铁口摄像机', 'Camera, metro exit', ['metro-C'])];
  for (const d of DIRECTIONS.filter(({ t }) => t % 90 === 0))
    list.push(
      camera(
        `cam-ring-${d.id}`,
        oval(d.t - 4, -2),
        oval(d.t + 12, -6),
        `${d.zh}侧环形通道摄像机`,
        `Camera, ring concourse ${d.en.toLowerCase()}`,
        ['ring'],
      ),
    );
  for (const d of DIRECTIONS.filter(({ t }) => t % 90 !== 0))
    list.push(
      camera(
        `cam-stand-${d.id}`,
        oval(d.t + 180, -14),
        oval(d.t, -30),
        `${d.zh}看台摄像机`,
        `Camera, ${d.en.toLowerCase()} stand`,
        [`stand-${d.id}-lower`, `stand-${d.id}-upper`],
        260,
      ),
    );
  return list;
}

const route = (id, form, points, zh, en) => feature(id, 'route', line(points), { name: name(zh, en), form });
export { route, asset };

function routes() {
  return [
    route('patrol-inner', 'patrol', [...loop(-5.5, 6), oval(0, -5.5)], '环形通道巡逻线', 'Patrol, ring concourse'),
    route(
      'patrol-outer',
      'patrol',
      [
        [213, -120],
        [213, 176],
        [178, 245],
        [-178, 245],
        [-213, 176],
        [-213, -176],
        [-178, -245],
        [178, -245],
        [213, -176],
        [213, -120],
      ],
      '外围巡逻线',
      'Patrol, perimeter',
    ),
    route(
      'vehicle-emergency',
      'vehicle',
      [[232, 264], [204, 236], [167, 199], [118, 150], oval(45, 14)],
      '应急车辆通道',
      'Emergency vehicles, north-east',
    ),
    route(
      'vehicle-fire',
      'vehicle',
      [[-232, -264], [-204, -236], [-167, -199], [-118, -150], oval(225, 14)],
      '消防车通道',
      'Fire engines, south-west',
    ),
  ];
}

// The head of a plan, GeoJSON foreign member `cordon`.
export function head(planName) {
  return {
    plan: 1,
    name: planName,
    venue: name('云湖体育中心', 'Yunhu Sports Centre'),
    event: name('云湖之声演唱会', 'Voices of Yunhu'),
    timetable: {
      doors: '2026-11-24T17:30:00+08:00',
      start: '2026-11-24T19:30:00+08:00',
      interval: '2026-11-24T20:35:00+08:00',
      end: '2026-11-24T22:00:00+08:00',
    },
    expected_ppl: 28600,
    approved_ppl: 30000,
    rules: 'green-guide',
    evacuation_min: 8,
    arrivals: 'default',
    base: 'base.geojson',
  };
}

// Everything that does not depend on where the checks stand. `openings` of the facade: { t, half } in degrees.
export function common(openings) {
  return {
    zones: [...insideZones(), ...stands(), ...stairs()],
    rest: [...sources(), ...barriers(openings), ...posts(), ...cameras(), ...assets(), ...signs(), ...routes()],
  };
}
