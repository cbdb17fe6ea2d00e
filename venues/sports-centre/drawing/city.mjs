// The base map: the city around the sports centre. Only looked at, never counted with.
import { box, circle, line, loop, oval, point, polygon, rectangle } from './geometry.mjs';
import { name } from './stadium.mjs';

const item = (layer, geometry, more) => ({ type: 'Feature', properties: { layer, ...more }, geometry });
const building = (ring, height_m, title) =>
  item('building', polygon(ring), { height_m, ...(title && { name: title }) });
const label = (at, zh, en) => item('label', point(at), { name: name(zh, en) });

function streets() {
  const road = (points, width_m, title) => item('road', line(points), { width_m, ...(title && { name: title }) });
  return [
    road(
      [
        [-480, -264],
        [480, -264],
      ],
      32,
      name('云湖大道', 'Yunhu Avenue'),
    ),
    road(
      [
        [232, -470],
        [232, 470],
      ],
      28,
      name('体育东路', 'Tiyu East Road'),
    ),
    road(
      [
        [-480, 264],
        [480, 264],
      ],
      24,
      name('文体北路', 'Wenti North Road'),
    ),
    road(
      [
        [-232, -470],
        [-232, 470],
      ],
      20,
      name('湖滨路', 'Hubin Road'),
    ),
    road(
      [
        [408, -470],
        [408, 470],
      ],
      18,
      name('星河路', 'Xinghe Road'),
    ),
    road(
      [
        [-232, 408],
        [480, 408],
      ],
      16,
      name('文昌街', 'Wenchang Street'),
    ),
    road(
      [
        [-480, -412],
        [480, -412],
      ],
      16,
      name('兴业街', 'Xingye Street'),
    ),
    road(
      [
        [232, 92],
        [480, 92],
      ],
      14,
      name('奥体一街', 'Aoti 1st Street'),
    ),
    road(
      [
        [232, -92],
        [480, -92],
      ],
      14,
      name('奥体二街', 'Aoti 2nd Street'),
    ),
    road(
      [
        [-60, -264],
        [-60, -470],
      ],
      10,
    ),
    road(
      [
        [90, -264],
        [90, -470],
      ],
      10,
    ),
    road(
      [
        [0, 264],
        [0, 470],
      ],
      10,
    ),
    road(
      [
        [320, 264],
        [320, 470],
      ],
      8,
    ),
    road(
      [
        [320, -264],
        [320, -470],
      ],
      8,
    ),
    item(
      'rail',
      line([
        [222, -470],
        [222, -40],
        [226, 60],
        [222, 200],
        [222, 470],
      ]),
      { name: name('地铁2号线（地下）', 'Metro line 2 (underground)') },
    ),
  ];
}

function paths() {
  const walk = (points, width_m, title) =>
    item('footway', line(points), { width_m, ...(title && { name: title }) });
  const list = [
    walk(
      [
        ...[
          [214, -246],
          [214, 246],
          [-214, 246],
          [-214, -246],
          [214, -246],
        ],
      ],
      6,
      name('外围步道', 'Perimeter walk'),
    ),
    walk(
      [
        [-250, -246],
        [-256, -120],
        [-250, 0],
        [-256, 120],
        [-250, 250],
      ],
      5,
      name('环湖步道', 'Lakeside walk'),
    ),
    walk(
      [
        [0, 246],
        [0, 172],
      ],
      14,
    ),
    walk(
      [
        [0, -246],
        [0, -172],
      ],
      14,
    ),
    walk(
      [
        [214, 0],
        [140, 0],
      ],
      14,
    ),
    walk(
      [
        [-214, 0],
        [-140, 0],
      ],
      14,
    ),
    walk(
      [
        [252, 36],
        [214, 20],
      ],
      9,
      name('地铁口步道', 'Metro walk'),
    ),
    walk([...loop(12, 6), oval(0, 12)], 5),
  ];
  for (const [x, y] of [
    [1, 1],
    [-1, 1],
    [-1, -1],
    [1, -1],
  ])
    list.push(
      walk(
        [
          [214 * x, 246 * y],
          [118 * x, 150 * y],
        ],
        7,
      ),
    );
  for (const y of [264, -264])
    for (const x of [-44, 44])
      list.push(
        walk(
          [
            [x, y - 18],
            [x, y + 18],
          ],
          6,
        ),
      );
  for (const t of [0, 90, 180, 270])
    list.push(item('steps', line([oval(t - 5, 5), oval(t + 5, 5)]), { width_m: 3, name: name('台阶', 'Steps') }));
  return list;
}

// A closed curve around the lake, its east shore along the lakeside walk.
function lake() {
  const shore = [];
  for (let i = 0; i < 72; i++) {
    const at = (i * Math.PI) / 36,
      bend = 1 + 0.06 * Math.sin(3 * at + 1) + 0.04 * Math.sin(7 * at) + 0.03 * Math.cos(5 * at);
    shore.push([-392 + 124 * bend * Math.cos(at), 6 + 236 * bend * Math.sin(at)]);
  }
  const island = Array.from({ length: 24 }, (_, i) => {
    const at = (i * Math.PI) / 12;
    return [-400 + (26 + 3 * Math.sin(3 * at)) * Math.cos(at), 40 + (34 + 4 * Math.cos(2 * at)) * Math.sin(at)];
  });
  return [
    item('water', polygon(shore, island), { name: name('云湖', 'Yunhu Lake') }),
    item('green', polygon(island), { name: name('湖心岛', 'Island') }),
    building(circle([-400, 40], 7, 8), 9, name('湖心亭', 'Pavilion')),
    item(
      'footway',
      line([
        [-374, 34],
        [-330, 10],
        [-256, 0],
      ]),
      { width_m: 3, name: name('曲桥', 'Bridge') },
    ),
    item(
      'water',
      polygon([
        [-366, -222],
        [-350, -222],
        [-338, -300],
        [-322, -400],
        [-326, -470],
        [-342, -470],
        [-338, -398],
        [-354, -302],
      ]),
      { name: name('云溪', 'Yunxi Stream') },
    ),
    item('label', point([-392, -70]), { name: name('云湖', 'Yunhu Lake') }),
  ];
}

function greens() {
  const list = [
    item(
      'green',
      polygon([
        [-246, -246],
        [-246, 246],
        [-262, 246],
        [-262, -246],
      ]),
      { name: name('滨湖绿带', 'Lakeside green') },
    ),
  ];
  for (const [x, y] of [
    [1, 1],
    [-1, 1],
    [-1, -1],
    [1, -1],
  ])
    list.push(
      item(
        'green',
        polygon(
          [
            [210, 182],
            [210, 242],
            [146, 242],
            [146, 230],
            [194, 182],
          ].map(([u, v]) => [u * x, v * y]),
        ),
      ),
    );
  list.push(
    item('green', polygon(rectangle(252, -246, 262, -8))),
    item('green', polygon(rectangle(252, 60, 262, 246))),
    item('green', polygon(rectangle(330, -82, 398, 16)), { name: name('市民公园', 'Citizens’ Park') }),
    item('green', polygon(rectangle(-470, 284, -252, 398)), { name: name('体育公园', 'Sports Park') }),
    item('green', polygon(rectangle(-318, -398, -252, -286))),
    item('green', polygon(rectangle(-470, -398, -362, -286))),
    item('green', polygon(rectangle(-52, -404, 82, -390))),
  );
  return list;
}

function trees() {
  const list = [],
    tree = (x, y, r = 3.1) => list.push(item('green', polygon(circle([x, y], r, 8)), { height_m: 8 }));
  for (let s = -238; s <= 238; s += 14) {
    if (Math.abs(s) > 20) {
      tree(219, s, 2.6);
      tree(-219.5, s, 2.6);
    }
    if (Math.abs(s) > 60 && Math.abs(s) < 206) {
      tree(s, 251, 2.4);
      tree(s, -251 + 4.4, 2.2);
    }
  }
  for (const [x, y] of [
    [1, 1],
    [-1, 1],
    [-1, -1],
    [1, -1],
  ])
    for (const [u, v] of [
      [204, 190],
      [204, 202],
      [204, 214],
      [202, 236],
      [190, 236],
      [178, 236],
      [166, 236],
      [154, 236],
      [188, 222],
      [170, 224],
    ])
      tree(u * x, v * y);
  for (let s = -236; s <= 236; s += 18) tree(-254 + 3 * Math.sin(s), s, 3.6);
  for (let i = 0; i < 28; i++) tree(336 + (i % 7) * 9.4, -74 + Math.floor(i / 7) * 26 + (i % 2) * 6, 3.4);
  for (let i = 0; i < 20; i++) tree(-464 + (i % 10) * 22, 390 - Math.floor(i / 10) * 100, 3.6);
  return list;
}

// A car park: double rows of stalls with aisles between, and its outline.
function parking(x1, y1, x2, y2, title, at) {
  const list = [item('parking', polygon(rectangle(x1, y1, x2, y2)), { name: title })];
  for (let y = y1 + 3; y + 11 < y2; y += 17.5)
    for (let x = x1 + 4; x + 27 < x2; x += 29.5)
      list.push(item('parking', polygon(rectangle(x, y, x + 27, y + 10.6))));
  return [...list, item('label', point(at), { name: title })];
}

function sports() {
  const track = [],
    half = 84.39 / 2;
  for (const [turn, centre] of [
    [0, half],
    [180, -half],
  ])
    for (let a = 0; a <= 180; a += 9)
      track.push([
        46.2 * Math.cos(((a + turn) * Math.PI) / 180),
        centre + 46.2 * Math.sin(((a + turn) * Math.PI) / 180),
      ]);
  const list = [
    item('pitch', polygon(track), { name: name('田径场', 'Running track') }),
    item('pitch', polygon(rectangle(-34, -52.5, 34, 52.5)), { name: name('足球场', 'Football pitch') }),
    item('pitch', polygon(rectangle(-460, 292, -392, 386)), { name: name('训练场', 'Training pitch') }),
  ];
  for (let i = 0; i < 4; i++)
    list.push(
      item('pitch', polygon(rectangle(-380 + i * 20, 352, -365 + i * 20, 380)), {
        name: name('篮球场', 'Basketball'),
      }),
    );
  for (let i = 0; i < 3; i++)
    list.push(
      item('pitch', polygon(rectangle(-380 + i * 26, 296, -369 + i * 26, 320)), { name: name('网球场', 'Tennis') }),
    );
  list.push(item('pitch', polygon(rectangle(150, -350, 218, -296)), { name: name('学校操场', 'School field') }));
  return list;
}

function landmarks() {
  const oblong = (x, y, rx, ry) =>
    Array.from({ length: 40 }, (_, i) => [
      x + rx * Math.cos((i * Math.PI) / 20),
      y + ry * Math.sin((i * Math.PI) / 20),
    ]);
  const list = [
    building(oblong(-146, 340, 46, 34), 24, name('云湖体育馆', 'Yunhu Arena')),
    building(box([-48, 346], 66, 44), 18, name('游泳馆', 'Natatorium')),
    building(rectangle(246.5, 24, 258, 48), 6, name('地铁2号线C口', 'Metro line 2, exit C')),
    building(rectangle(-20, -322, 74, -314), 5, name('公交枢纽站台', 'Bus platforms')),
    building(rectangle(-20, -338, 74, -330), 5),
    building(rectangle(-20, -354, 74, -346), 5),
    building(
      [
        [270, 16],
        [270, -60],
        [316, -60],
        [316, -36],
        [292, -36],
        [292, 16],
      ],
      46,
      name('云湖酒店', 'Yunhu Hotel'),
    ),
    building(rectangle(270, 30, 392, 78), 22, name('奥体广场购物中心', 'Aoti Plaza Mall')),
    building(
      [
        [104, -296],
        [140, -296],
        [140, -312],
        [120, -312],
        [120, -372],
        [216, -372],
        [216, -388],
        [104, -388],
      ],
      18,
      name('云湖实验学校', 'Yunhu School'),
    ),
    building(rectangle(270, 292, 306, 328), 64, name('体育东路派出所', 'Tiyu East Road Police Station')),
    building(rectangle(432, -78, 470, -16), 90, name('星河大厦', 'Xinghe Tower')),
    building(rectangle(432, 2, 470, 76), 70),
  ];
  const titles = [
    [-146, 340, '云湖体育馆', 'Yunhu Arena'],
    [-48, 346, '游泳馆', 'Natatorium'],
    [331, 54, '奥体广场购物中心', 'Aoti Plaza Mall'],
    [280, -24, '云湖酒店', 'Yunhu Hotel'],
    [168, -380, '云湖实验学校', 'Yunhu School'],
    [364, -33, '市民公园', 'Citizens’ Park'],
    [-361, 337, '体育公园', 'Sports Park'],
    [27, -334, '公交枢纽', 'Bus station'],
    [266, 36, '地铁C口', 'Metro exit C'],
  ];
  return [...list, ...titles.map(([x, y, zh, en]) => label([x, y], zh, en))];
}

// Rows of slab blocks facing south, as housing is built here: `rows` and `columns` in a block of streets.
function housing(x1, y1, x2, y2, columns, rows, height_m) {
  const wide = (x2 - x1) / columns,
    deep = (y2 - y1) / rows,
    list = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const x = x1 + wide * column + 5,
        y = y1 + deep * row + deep / 2 - 6.5,
        w = wide - 10,
        step = (row + column) % 2 ? 3 : -3;
      list.push(
        building(
          [
            [x, y],
            [x + w / 2, y],
            [x + w / 2, y + step],
            [x + w, y + step],
            [x + w, y + 12 + step],
            [x + w / 2, y + 12 + step],
            [x + w / 2, y + 12],
            [x, y + 12],
          ],
          height_m + ((row * 7 + column * 5) % 4) * 6,
        ),
      );
    }
  return list;
}

function houses() {
  return [
    ...housing(262, 106, 394, 244, 2, 4, 33),
    ...housing(424, 106, 478, 244, 1, 4, 54),
    ...housing(262, -244, 394, -106, 2, 4, 33),
    ...housing(424, -244, 478, -106, 1, 4, 54),
    ...housing(252, -398, 312, -288, 1, 3, 27),
    ...housing(328, -398, 394, -288, 1, 3, 27),
    ...housing(424, -398, 478, -288, 1, 3, 27),
    ...housing(252, -468, 312, -424, 1, 1, 18),
    ...housing(328, -468, 394, -424, 1, 1, 18),
    ...housing(-50, -468, 80, -424, 3, 1, 18),
    ...housing(100, -468, 218, -424, 2, 1, 18),
    ...housing(-218, -468, -70, -424, 3, 1, 18),
    ...housing(328, 280, 394, 396, 1, 3, 45),
    ...housing(424, 280, 478, 396, 1, 3, 45),
    ...housing(252, 424, 312, 468, 1, 1, 18),
    ...housing(328, 424, 394, 468, 1, 1, 18),
    ...housing(12, 424, 218, 468, 4, 1, 18),
    ...housing(-218, 424, -12, 468, 4, 1, 18),
    ...housing(126, 282, 218, 396, 2, 3, 36),
    ...housing(252, 336, 312, 396, 1, 2, 30),
    ...housing(-470, -468, -350, -424, 3, 1, 15),
  ];
}

export function city() {
  return [
    ...greens(),
    ...lake(),
    ...streets(),
    ...paths(),
    ...parking(-216, -398, -74, -286, name('P1停车场', 'Car park P1'), [-145, -342]),
    ...parking(14, 282, 118, 398, name('P2停车场', 'Car park P2'), [66, 340]),
    ...sports(),
    ...landmarks(),
    ...houses(),
    ...trees(),
    label([0, -264], '云湖大道', 'Yunhu Avenue'),
    label([232, -150], '体育东路', 'Tiyu East Road'),
    label([60, 264], '文体北路', 'Wenti North Road'),
    label([-232, 140], '湖滨路', 'Hubin Road'),
    label([408, 180], '星河路', 'Xinghe Road'),
    label([0, 0], '云湖体育场', 'Yunhu Stadium'),
  ];
}
