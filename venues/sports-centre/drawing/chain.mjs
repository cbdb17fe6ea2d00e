// The entry chain of one gate group: three holding areas and three checks, drawn in the group's
// own coordinates: `place(u, v)` with u from -1 to 1 across and v metres outwards from the
// security line. The two plans differ only in the place function, the depths and the lanes.
//
//      arrival line   v3 ------------------  from the approach
//                          H1 holding        before pre-check
//      pre-check      v2 ==================
//                          H2 holding        before ticket check
//      ticket check   v1 ==================
//                          H3 holding        before security check
//      security check  0 ==================  into the ring or the inner plaza
import { area, line, middle, point, polygon, towards } from './geometry.mjs';
import { SIDES, asset, camera, counter, feature, name, post } from './stadium.mjs';

const STAGES = [
  { key: 'P', stage: 'precheck', zh: '预检', en: 'pre-check', kinds: ['', '', '', ''] },
  { key: 'T', stage: 'ticket', zh: '检票', en: 'ticket check' },
  { key: 'S', stage: 'security', zh: '安检', en: 'security check' },
];

const HOLDINGS = [
  { key: 'H1', zh: '候检区', en: 'holding area' },
  { key: 'H2', zh: '检票等候区', en: 'ticket holding area' },
  { key: 'H3', zh: '安检等候区', en: 'security holding area' },
];

// People a square metre that a holding area takes in a comfortable queue.
const QUEUE_PPL_M2 = 2.2;

function across(group, v) {
  const { place, steps } = group;
  return Array.from({ length: steps + 1 }, (_, i) => place(-1 + (2 * i) / steps, v));
}

const band = (group, v1, v2) => [...across(group, v2), ...across(group, v1).reverse()];

function holdings(group) {
  const [v1, v2, v3] = group.depths;
  return HOLDINGS.map(({ key, zh, en }, i) => {
    const ring = band(group, [v2, v1, 0][i], [v3, v2, v1][i]);
    return feature(`G${group.number}-${key}`, 'zone', polygon(ring), {
      name: name(`${group.number}号门${zh}`, `Gate ${group.number} ${en}`),
      use: 'holding',
      capacity_ppl: Math.floor((area(ring) * QUEUE_PPL_M2) / 10) * 10,
    });
  });
}

function lanes(key, { open, closed = 0, rate }) {
  const kindOf = i =>
    key !== 'S' ? (i === 0 ? 'accessible' : 'standard') : i === 0 ? 'accessible' : i % 3 === 1 ? 'no-bag' : 'bag';
  return Array.from({ length: open + closed }, (_, i) => ({
    id: String(i + 1),
    rate_ppl_min: rate,
    open: i < open,
    kind: kindOf(i),
  }));
}

function devices(group, key, laneCount) {
  const id = i => `G${group.number}-${key}${i + 1}`;
  if (key === 'P') return Array.from({ length: Math.ceil(laneCount / 2) }, (_, i) => counter(id(i)));
  if (key === 'T')
    return Array.from({ length: laneCount }, (_, i) => ({
      id: id(i),
      kind: 'turnstile',
      miss_in: 0.002,
      miss_out: 0.002,
      period_s: 30,
    }));
  return Array.from({ length: laneCount }, (_, i) =>
    counter(id(i), { miss_in: 0.005, miss_out: 0.005, period_s: 30 }),
  );
}

// The clear width of a line of checks: every lane of 1 m.
function checks(group) {
  const [v1, v2] = group.depths,
    n = group.number;
  const from = [`G${n}-H1`, `G${n}-H2`, `G${n}-H3`],
    to = [`G${n}-H2`, `G${n}-H3`, group.inside];
  return STAGES.map(({ key, stage, zh, en }, i) => {
    const list = lanes(key, group.lanes[key]);
    return feature(`G${n}-${stage}`, 'checkpoint', line(across(group, [v2, v1, 0][i])), {
      name: name(`${n}号门${zh}`, `Gate ${n} ${en}`),
      stage,
      from: from[i],
      to: to[i],
      width_m: list.length,
      lanes: list,
      devices: devices(group, key, list.length),
    });
  });
}

function arrival(group) {
  const n = group.number,
    v3 = group.depths[2];
  return feature(`G${n}-arrival`, 'checkpoint', line(across(group, v3)), {
    name: name(`${n}号门来客计数线`, `Gate ${n} arrival line`),
    stage: 'transfer',
    from: `${group.side}-approach`,
    to: `G${n}-H1`,
    width_m: 10,
    devices: [counter(`G${n}-Q1`)],
  });
}

// Rails: along both sides of the group, between the lanes of each check, and the snake in front of the pre-check.
function rails(group) {
  const [v1, v2, v3] = group.depths,
    n = group.number,
    list = [];
  const rail = (id, points, zh = '隔离护栏', en = 'Lane rail') =>
    list.push(feature(id, 'barrier', line(points), { name: name(zh, en), form: 'rail', height_m: 1.1 }));
  rail(`G${n}-rail-left`, [group.place(-1, 0), group.place(-1, v1), group.place(-1, v2), group.place(-1, v3)]);
  rail(`G${n}-rail-right`, [group.place(1, 0), group.place(1, v1), group.place(1, v2), group.place(1, v3)]);
  STAGES.forEach(({ key }, s) => {
    const v = [v2, v1, 0][s],
      { open, closed = 0 } = group.lanes[key],
      count = open + closed;
    for (let i = 1; i < count; i++) {
      const u = -1 + (2 * i) / count;
      rail(`G${n}-rail-${key}${i}`, [group.place(u, v + 0.4), group.place(u, v + group.railed[s])]);
    }
  });
  for (let row = 1; row <= group.snake; row++) {
    const v = v2 + group.railed[0] + ((v3 - v2 - group.railed[0]) * row) / (group.snake + 1),
      shift = row % 2 ? 0.12 : -0.12;
    rail(
      `G${n}-snake-${row}`,
      Array.from({ length: group.steps + 1 }, (_, i) => group.place(shift + (-0.86 + (1.72 * i) / group.steps), v)),
      '蛇形通道护栏',
      'Queue rail',
    );
  }
  return list;
}

function people(group) {
  const [v1, v2, v3] = group.depths,
    n = group.number;
  const list = [
    post(
      `post-G${n}-precheck`,
      group.place(-1.12, v2),
      'steward',
      group.lanes.P.open * 2,
      `${n}号门预检岗`,
      `Gate ${n} pre-check`,
      `G${n}-H1`,
    ),
    post(
      `post-G${n}-ticket`,
      group.place(-1.12, v1),
      'volunteer',
      group.lanes.T.open,
      `${n}号门检票岗`,
      `Gate ${n} ticket check`,
      `G${n}-H2`,
    ),
    post(
      `post-G${n}-security`,
      group.place(-1.12, 1),
      'steward',
      group.lanes.S.open * 3,
      `${n}号门安检岗`,
      `Gate ${n} security check`,
      `G${n}-H3`,
    ),
    post(
      `post-G${n}-police`,
      group.place(1.14, (v2 + v3) / 2),
      'police',
      4,
      `${n}号门处突岗`,
      `Gate ${n} police response`,
      `G${n}-H1`,
    ),
    camera(
      `cam-G${n}-hold`,
      group.place(1.1, v3 + 1),
      group.place(0, v2),
      `${n}号门候检区摄像机`,
      `Camera, gate ${n} holding area`,
      [`G${n}-H1`, `G${n}-precheck`],
    ),
    camera(
      `cam-G${n}-security`,
      group.place(1.1, -3),
      group.place(0, v1 / 2),
      `${n}号门安检摄像机`,
      `Camera, gate ${n} security check`,
      [`G${n}-H3`, `G${n}-security`],
    ),
    asset(
      `sign-G${n}`,
      'sign',
      point(group.place(0, v3 + 2)),
      `${n}号门，请备好票证`,
      `Gate ${n}: have your ticket ready`,
    ),
    asset(
      `refusal-G${n}`,
      'other',
      point(group.place(-1.18, (v1 + v2) / 2)),
      `${n}号门劝返复核点`,
      `Gate ${n} help desk and way out for the refused`,
    ),
  ];
  return list;
}

// `group`: number, side, place, steps (of an arc), depths [v1, v2, v3], railed (metres of lane rail at P, T, S),
// snake (rows), inside (zone id), lanes { P, T, S }.
export function chain(group) {
  return {
    zones: holdings(group),
    checks: [arrival(group), ...checks(group)],
    rest: [...rails(group), ...people(group)],
  };
}

// The line over which people come onto the approach of a side, seen by two overhead counters.
export function approach(side, ring, arrivalLine) {
  const { zh, en } = SIDES[side];
  return [
    feature(`${side}-approach`, 'zone', polygon(ring), {
      name: name(`${zh}广场候检引导区`, `${en} plaza approach`),
      use: 'approach',
    }),
    feature(`${side}-arrival`, 'checkpoint', line(arrivalLine), {
      name: name(`${zh}广场来客计数线`, `${en} plaza arrival line`),
      stage: 'transfer',
      from: 'outside',
      to: `${side}-approach`,
      width_m: 40,
      devices: [counter(`${side}-A1`), counter(`${side}-A2`)],
    }),
  ];
}

export function exit(id, ends, from, width, count, zh, en) {
  const [a, b] = ends,
    centre = middle(a, b);
  return feature(id, 'checkpoint', line([towards(centre, a, width / 2), towards(centre, b, width / 2)]), {
    name: name(zh, en),
    stage: 'exit',
    from,
    to: 'outside',
    width_m: width,
    devices: Array.from({ length: count }, (_, i) =>
      counter(`${id.toUpperCase().replace('EXIT-', 'X-')}-${i + 1}`),
    ),
  });
}
