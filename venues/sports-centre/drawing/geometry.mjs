// Geometry of the drawing: metres east and north of the stadium's centre, angles in degrees
// anticlockwise from east. The stadium is a family of ellipses: `oval(t, d)` is the point at
// parameter t on the ellipse that lies d metres outside the facade (negative: inside).

export const CENTRE = { lon: 113.2, lat: 36.2 };
const FACADE = { east: 105, north: 142 };

const radians = degrees => (degrees * Math.PI) / 180;

export const oval = (t, d) => [(FACADE.east + d) * Math.cos(radians(t)), (FACADE.north + d) * Math.sin(radians(t))];

// Points along the ellipse d from t1 to t2 (either way round), both ends included.
export function arc(t1, t2, d, step) {
  const count = Math.max(1, Math.round(Math.abs(t2 - t1) / step));
  return Array.from({ length: count + 1 }, (_, i) => oval(t1 + ((t2 - t1) * i) / count, d));
}

export const sector = (t1, t2, d1, d2, step) => [...arc(t1, t2, d2, step), ...arc(t2, t1, d1, step)];
export const loop = (d, step) => arc(0, 360, d, step).slice(0, -1);
export const rectangle = (x1, y1, x2, y2) => [
  [x1, y1],
  [x2, y1],
  [x2, y2],
  [x1, y2],
];

export function circle([x, y], radius, corners) {
  return Array.from({ length: corners }, (_, i) => {
    const at = radians((360 * i) / corners);
    return [x + radius * Math.cos(at), y + radius * Math.sin(at)];
  });
}

// A rectangle of the given size around a centre, turned anticlockwise.
export function box([x, y], width, height, turned = 0) {
  const c = Math.cos(radians(turned)),
    s = Math.sin(radians(turned));
  return rectangle(-width / 2, -height / 2, width / 2, height / 2).map(([u, v]) => [
    x + u * c - v * s,
    y + u * s + v * c,
  ]);
}

export const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
export const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);
export const towards = (a, b, metres) => {
  const f = metres / distance(a, b);
  return [a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f];
};

// Clockwise from north, whole degrees.
export const heading = (from, to) =>
  (Math.round(90 - (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI) + 360) % 360;

export function area(ring) {
  let twice = 0;
  ring.forEach(([x, y], i) => {
    const [nx, ny] = ring[(i + 1) % ring.length];
    twice += x * ny - nx * y;
  });
  return Math.abs(twice) / 2;
}

// To WGS 84 with the ellipsoid's two radii at the centre: within a centimetre over the whole site.
const SQUARED_ECCENTRICITY = 0.00669437999014;
const curve = 1 - SQUARED_ECCENTRICITY * Math.sin(radians(CENTRE.lat)) ** 2;
const MERIDIAN_M = (6378137 * (1 - SQUARED_ECCENTRICITY)) / curve ** 1.5;
const PARALLEL_M = 6378137 / Math.sqrt(curve);

const eight = degrees => Number(degrees.toFixed(8));

export function globe([x, y]) {
  const lat = CENTRE.lat + ((y / MERIDIAN_M) * 180) / Math.PI;
  return [eight(CENTRE.lon + ((x / (PARALLEL_M * Math.cos(radians(lat)))) * 180) / Math.PI), eight(lat)];
}

// GeoJSON geometries. Outer rings run anticlockwise, holes clockwise, as RFC 7946 wants them.
function signed(ring) {
  let twice = 0;
  ring.forEach(([x, y], i) => {
    const [nx, ny] = ring[(i + 1) % ring.length];
    twice += x * ny - nx * y;
  });
  return twice;
}

function closed(ring, anticlockwise) {
  const turned = signed(ring) > 0 === anticlockwise ? ring : [...ring].reverse();
  return [...turned, turned[0]].map(globe);
}

export const point = at => ({ type: 'Point', coordinates: globe(at) });
export const line = points => ({ type: 'LineString', coordinates: points.map(globe) });
export const polygon = (outer, ...holes) => ({
  type: 'Polygon',
  coordinates: [closed(outer, true), ...holes.map(hole => closed(hole, false))],
});
