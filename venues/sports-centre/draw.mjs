#!/usr/bin/env node
// Draws the demo event: plan-a.geojson, plan-b.geojson and base.geojson beside this file.
// The place, the venue and the concert are invented. The same drawing gives the same bytes.
//
//   node venues/sports-centre/draw.mjs           writes the three files
//   node venues/sports-centre/draw.mjs --check   exit 1 if a file differs from the drawing
import { readFileSync, writeFileSync } from 'node:fs';
import { city } from './drawing/city.mjs';
import { planA } from './drawing/plan_a.mjs';
import { planB } from './drawing/plan_b.mjs';

// One feature a line, so that a finding's line number leads to it and a change shows as one line.
function collection(members, features) {
  const headLines = Object.entries(members)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)},\n`)
    .join('');
  const lines = features.map(f => JSON.stringify(f)).join(',\n');
  return `{"type": "FeatureCollection",\n${headLines}"features": [\n${lines}\n]}\n`;
}

function plan({ head, features }) {
  return collection({ cordon: head }, features);
}

const files = {
  'plan-a.geojson': plan(planA()),
  'plan-b.geojson': plan(planB()),
  'base.geojson': collection({ name: 'yunhu-sports-centre-base' }, city()),
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [file, text] of Object.entries(files)) {
  const path = new URL(file, import.meta.url);
  if (!check) {
    writeFileSync(path, text);
    continue;
  }
  let now = null;
  try {
    now = readFileSync(path, 'utf8');
  } catch {
    /* not there: stale */
  }
  if (now !== text) {
    console.error(`${file} is not what draw.mjs draws. Do: node venues/sports-centre/draw.mjs`);
    stale++;
  }
}
process.exitCode = stale ? 1 : 0;
