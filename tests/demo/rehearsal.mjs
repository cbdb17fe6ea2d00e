// The story of the demo, as ./demo --smoke tells it: plan A (checks crowded at the doors) against plan B (checks moved forward as a
// whole), with the same people. node tests/demo/rehearsal.mjs CORDON DIR. Each difference is held by sign (its 95 % interval does not
// reach 0) and by size; the sizes are about half of what was measured (docs/REHEARSAL.md), so that no luck is needed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [cordon, dir] = process.argv.slice(2);
const plans = 'venues/sports-centre';
const told = spawnSync(cordon, ['rehearse', `${plans}/plan-a.geojson`, '--against', `${plans}/plan-b.geojson`,
  '--replications', '20', '--lang', 'en', '--out', `${dir}/rehearsal`], { encoding: 'utf8', maxBuffer: 1 << 26 });
if (told.status !== 0) {
  console.error(`  the rehearsal ended with ${told.status}: ${told.stderr}`);
  process.exit(1);
}
const a = JSON.parse(readFileSync(`${dir}/rehearsal/rehearsal.json`, 'utf8')), b = a.against;
for (const s of b.sentences) console.log(`  ${s.text_en}`);

function must(what, holds) {
  if (!holds) { console.error(`  not so: ${what}`); process.exitCode = 1; }
}
const figure = (r, name, subject) => r.figures.find((f) => f.figure === name && f.subject === subject);
// B minus A is beyond `least` in its direction, and so is the whole interval beyond 0.
function differs(name, least, subject = null, kind = 'whole') {
  const d = b.differences.find((f) => f.figure === name && f.subject_kind === kind && f.subject === subject);
  const far = d && (least < 0 ? d.mean <= least && d.high < 0 : d.mean >= least && d.low > 0);
  must(`${name} ${subject ?? ''} differs by ${least} at the least: ${d?.mean} [${d?.low}, ${d?.high}]`, far);
}

differs('to_in_mean', -180);
differs('to_in_p95', -540);
differs('all_in_at', -90);
differs('in_by_start', 1900);
differs('density_worst', -0.9);
differs('ppl_min_above_2', -10000);
differs('street_max', -50);
differs('street_ppl_min', -100);
differs('wait_mean', -80, 'precheck', 'stage');
differs('wait_mean', -35, 'ticket', 'stage');
differs('wait_mean', -55, 'security', 'stage');
const spills = figure(a, 'spillback_at', null), never = figure(b, 'spillback_at', null);
must(`with A a full area holds people up in most runs (${spills.runs} of ${a.runs})`, spills.runs >= 15);
must(`with B none does (${never.runs} of ${b.runs})`, never.runs === 0);
const street = figure(b, 'street_max', null).mean;
must(`with B hardly anybody is held up in the street (${street})`, street < 40);
must('the page stands alone and is small', readFileSync(`${dir}/rehearsal/rehearsal.html`).length < 3e6);
if (!process.exitCode) console.log('  the rehearsal tells the same story as the sports centre did');
