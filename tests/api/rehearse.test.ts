// cordon rehearse, as somebody at a terminal meets it: what it refuses and how it says so, what it writes, how it is stopped.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { release, root, smallPlan, tested, there, type Plan } from './lib.ts';

interface Estimate { mean: number | null; low: number | null; high: number | null; runs: number; missing: number }
interface Figure extends Estimate { figure: string; subject_kind: string; subject: string | null; unit: string; at?: string | null }
interface Band { series: string; subject_kind: string; subject: string | null; mean: (number | null)[]; p10: number[]; p90: number[] }
interface Difference extends Estimate { figure: string; subject: string | null; a: number; b: number; sure: boolean }
interface Rehearsal {
  rehearsal: number; runs: number; runs_asked: number; stopped: boolean; level: string; phase: string; arrivals_ppl: number;
  start: string; figures: Figure[]; series: { step_s: number; count: number; bands: Band[] };
  troubles: { text_en: string; text_zh: string }[];
}
interface Result extends Rehearsal {
  against?: Rehearsal & { differences: Difference[]; sentences: { text_en: string; text_zh: string }[] };
  lanes?: { reached: boolean; checkpoints: { subject: string; lanes_there: number; quarters: { lanes: number }[] }[]; one_more: unknown[] };
}

const room = mkdtempSync(path.join(tmpdir(), 'cordon-rehearse-'));
after(() => { rmSync(room, { recursive: true, force: true }); });
const planA = path.join(root, 'venues/sports-centre/plan-a.geojson');
const planB = path.join(root, 'venues/sports-centre/plan-b.geojson');
const english = { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
const chinese = { ...process.env, LANG: 'zh_CN.UTF-8', LC_ALL: 'zh_CN.UTF-8' };

function rehearse(args: string[], env: NodeJS.ProcessEnv = english, binary = tested): SpawnSyncReturns<string> {
  return spawnSync(binary, ['rehearse', ...args], { encoding: 'utf8', env, maxBuffer: 1 << 26 });
}
function small(change: (plan: Plan) => void = () => undefined): string {
  const plan = smallPlan({ doors: new Date('2026-11-24T10:00:00Z') });
  change(plan);
  const file = path.join(room, `plan-${readdirSync(room).length}.geojson`);
  writeFileSync(file, JSON.stringify(plan));
  return file;
}
function result(args: string[], binary = tested): Result {
  const out = path.join(room, `out-${readdirSync(room).length}`);
  const told = rehearse([...args, '--out', out], english, binary);
  assert.equal(told.status, 0, told.stderr);
  return JSON.parse(readFileSync(path.join(out, 'rehearsal.json'), 'utf8')) as Result;
}
function figure(r: Rehearsal, name: string, subject: string | null = null): Figure {
  return there(r.figures.find((f) => f.figure === name && f.subject === subject), `${name} of ${subject}`);
}
const mean = (r: Rehearsal, name: string, subject: string | null = null): number => there(figure(r, name, subject).mean, name);

test('without --out it prints a table with intervals and writes nothing', () => {
  const before = readdirSync(room).length;
  const told = rehearse([small(), '--replications', '4']);
  assert.equal(told.status, 0, told.stderr);
  assert.match(told.stdout, /Last person in +\d\d:\d\d \[\d\d:\d\d, \d\d:\d\d\]/);
  assert.match(told.stdout, /What goes wrong/);
  assert.equal(readdirSync(room).length, before + 1);
});

test('the language of the table is asked for, or that of the environment', () => {
  const file = small();
  assert.match(rehearse([file, '--replications', '2'], chinese).stdout, /最后一人入场/);
  assert.match(rehearse([file, '--replications', '2', '--lang', 'en'], chinese).stdout, /Last person in/);
});

test('two plans give a page, JSON and CSV that say the same', () => {
  const out = path.join(room, 'two');
  const told = rehearse([planA, '--against', planB, '--replications', '3', '--out', out, '--lang', 'zh'], english, release);
  assert.equal(told.status, 0, told.stderr);
  assert.deepEqual(readdirSync(out).sort(), ['figures.csv', 'rehearsal.html', 'rehearsal.json', 'series.csv']);
  const r = JSON.parse(readFileSync(path.join(out, 'rehearsal.json'), 'utf8')) as Result;
  assert.equal(r.runs, 3);
  assert.equal(r.arrivals_ppl, 28600);
  const against = there(r.against);
  const csv = readFileSync(path.join(out, 'figures.csv'), 'utf8').split('\n');
  assert.equal(csv.length, 2 + r.figures.length + against.figures.length + against.differences.length);
  assert.ok(csv.some((l) => l.startsWith('b-a,to_in_mean,whole,')));
  const page = readFileSync(path.join(out, 'rehearsal.html'), 'utf8');
  assert.doesNotMatch(page, /https?:\/\/|<link|<img|@import|nan\b/);
  assert.match(page, /<html lang=zh-CN/);
  for (const s of against.sentences) {
    assert.ok(told.stdout.includes(s.text_zh) && page.includes(s.text_zh.replace(/"/g, '&#34;').replace(/'/g, '&#39;')), s.text_zh);
  }
  assert.ok(page.length < 3e6, `the page has ${page.length} characters`);
  const all = figure(r, 'all_in_at');
  assert.ok(Math.abs((Date.parse(there(all.at)) - Date.parse(r.start)) / 1000 - there(all.mean)) < 0.2);
});

test('people are conserved: who came is in, turned away, or not in', () => {
  const r = result([planA, '--replications', '2'], release);
  const come = there(r.series.bands.find((b) => b.series === 'come')?.mean.at(-1));
  assert.ok(Math.abs(mean(r, 'in') + mean(r, 'not_in') + mean(r, 'refused') - come) < 1.5, 'more or fewer came than are accounted for');
});

test('the same seed gives the same bytes with one thread and with two; another seed other ones', () => {
  const bytes = (name: string, more: string[]): string => {
    const out = path.join(room, name);
    assert.equal(rehearse([small(), '--replications', '4', '--out', out, ...more]).status, 0);
    return ['rehearsal.json', 'figures.csv', 'series.csv', 'rehearsal.html'].map((f) => readFileSync(path.join(out, f), 'utf8')).join('');
  };
  const one = bytes('one', ['--threads', '1']);
  assert.equal(bytes('one-again', ['--threads', '2']), one);
  assert.notEqual(bytes('other', ['--seed', '2']), one);
});

test('a plan with mistakes is refused with the list that plan check prints', () => {
  const file = small((plan) => { there(plan.features[3]).properties['from'] = 'nowhere'; });
  const out = path.join(room, 'never');
  const told = rehearse([file, '--out', out]);
  const check = spawnSync(tested, ['plan', 'check', file], { encoding: 'utf8', env: english });
  assert.equal(told.status, 1);
  const errors = check.stdout.split('\n').filter((l) => l.includes(': error '));
  assert.ok(errors.length > 0);
  for (const l of errors) assert.ok(told.stderr.includes(l), l);
  assert.ok(!existsSync(out));
  assert.match(rehearse([file], chinese).stderr, /错误/);
});

test('what is wrong on the command line is named with what is wanted, in both languages', () => {
  const file = small();
  const cases: [string[], RegExp][] = [
    [[], /PLAN/], [[file, '--level', 'nano'], /--level nano.*meso.*micro/], [[file, '--phase'], /--phase/],
    [[file, '--phase', 'out'], /--phase out/],
    [[file, '--arrivals', '0'], /--arrivals 0/], [[file, '--arrivals', '1e3'], /--arrivals 1e3/], [[file, '--seed', '-1'], /--seed -1/],
    [[file, '--replications', '10001'], /--replications 10001.*10000/], [[file, '--threads', 'many'], /--threads many/],
    [[file, '--shift', 'nan'], /--shift nan/], [[file, '--lanes', 'gate-1'], /--lanes gate-1.*ID=N/],
    [[file, '--lanes', 'gate-1=1.5'], /--lanes/], [[file, '--lanes', 'gate-1=65'], /--lanes/],
    [[file, '--lanes', 'gate-1=2@9..'], /--lanes/],
    [[file, '--lanes', 'gate-1=2@25:00..26:00'], /--lanes/], [[file, '--lanes', 'gate-1=2@30..-30'], /--lanes gate-1/],
    [[file, '--lanes', 'gate-9=2'], /--lanes gate-9.*geojson/], [[file, '--lanes', 'way-in=2'], /--lanes way-in/],
    [[file, '--rate', 'gate-1=0'], /--rate/], [[file, '--block', ''], /--block/], [[file, '--block', 'gate-1,nothing'], /--block nothing/],
    [[file, '--staff', '5'], /--staff.*--find-lanes/], [[file, '--find-lanes'], /--find-lanes.*--staff/],
    [[file, '--find-lanes', '--wait', '0'], /--wait 0/], [[file, '--find-lanes', '--wait', '60', '--against', file], /--find-lanes/],
    [[file, '--evacuate', '--phase', 'egress'], /--evacuate/], [[file, file], /--against/],
    [[file, '--fast', '1'], /--fast/], [[file, '-x'], /-x/],
  ];
  for (const [args, wanted] of cases) {
    const told = rehearse(args), zh = rehearse(args, chinese);
    assert.equal(told.status, 2, `${args.join(' ')}: ${told.stderr}`);
    assert.match(told.stderr, wanted);
    assert.equal(told.stdout, '');
    assert.equal(zh.status, 2);
    assert.match(zh.stderr, /\p{Script=Han}/u);
  }
});

test('a file that cannot be read, and a folder that cannot be written, are said before anything is run', () => {
  const file = small(), curve = path.join(room, 'curve.csv');
  writeFileSync(curve, 'minutes,share\n-60,0\n-30,0.6\n-30,0.4\n');
  const cases: [string[], RegExp][] = [
    [[path.join(room, 'none.geojson')], /none\.geojson/], [[file, '--against', path.join(room, 'none.geojson')], /none\.geojson/],
    [[file, '--curve', path.join(room, 'none.csv')], /--curve.*none\.csv/], [[file, '--curve', curve], /--curve.*4/],
    [[file, '--out', file], /--out/], [[file, '--out', path.join(room, 'a/b/c')], /--out/],
  ];
  for (const [args, wanted] of cases) {
    const told = rehearse(args);
    assert.equal(told.status, 1, `${args.join(' ')}: ${told.stderr}`);
    assert.match(told.stderr, wanted);
    assert.equal(told.stdout, '');
  }
});

test('what is tried by hand changes what it should', () => {
  const file = small((plan) => { Object.assign(plan.cordon, { expected_ppl: 1900, approved_ppl: 2000 }); });
  const fixed = ['--replications', '5', '--seed', '3'];
  const plain = result([file, ...fixed]);
  const more = result([file, ...fixed, '--lanes', 'gate-1=2,gate-2=2']);
  const timed = result([file, ...fixed, '--lanes', 'gate-1=2@-60..0', '--lanes', 'gate-2=2@20:00..21:00']);
  const fast = result([file, ...fixed, '--rate', 'gate-1=20,gate-2=20']);
  const blocked = result([file, ...fixed, '--block', 'gate-2']);
  assert.deepEqual((blocked as unknown as { changes: unknown }).changes,
    [{ kind: 'block', id: 'gate-2', value: null, from_min: null, to_min: null }], 'the result says what was changed');
  assert.ok(mean(more, 'to_in_mean') < 0.8 * mean(plain, 'to_in_mean'), 'more lanes help');
  assert.ok(mean(timed, 'to_in_mean') <= mean(plain, 'to_in_mean') && mean(timed, 'to_in_mean') >= mean(more, 'to_in_mean'));
  assert.ok(mean(fast, 'to_in_mean') < mean(plain, 'to_in_mean'));
  assert.ok(mean(blocked, 'wait_mean', 'gate-1') > mean(plain, 'wait_mean', 'gate-1'));
  const few = result([file, ...fixed, '--arrivals', '200']);
  assert.equal(few.arrivals_ppl, 200);
  assert.ok(mean(few, 'in') <= 200);
  const late = result([file, ...fixed, '--arrivals', '200', '--shift', '30']);
  assert.ok(Math.abs(mean(late, 'all_in_at') - mean(few, 'all_in_at') - 1800) < 60);
});

test('leaving and evacuation have a time until everybody is out', () => {
  const file = small();
  for (const args of [['--phase', 'egress'], ['--evacuate']]) {
    const r = result([file, '--replications', '3', ...args]);
    assert.ok(mean(r, 'out_time') > 30, args.join(' '));
    assert.ok(r.series.bands.some((b) => b.series === 'out'));
  }
});

test('lanes are found, and one more is weighed', () => {
  const file = small((plan) => { Object.assign(plan.cordon, { expected_ppl: 1900, approved_ppl: 2000 }); });
  const r = result([file, '--find-lanes', '--wait', '240', '--replications', '4']);
  const lanes = there(r.lanes);
  assert.deepEqual(lanes.checkpoints.map((c) => c.subject).sort(), ['gate-1', 'gate-2']);
  assert.ok(lanes.checkpoints.every((c) => c.quarters.length > 0));
  assert.ok(there(r.against).differences.length > 0);
});

async function stopped(out: string): Promise<{ code: number | null; errors: string }> {
  const child = spawn(release, ['rehearse', planA, '--replications', '10000', '--out', out],
    { env: english, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (d: string) => {
    if (errors === '') child.kill('SIGINT'); // it says when the first run is done
    errors += d;
  });
  const [code] = await once(child, 'close') as [number | null];
  return { code, errors };
}

test('Ctrl-C stops cleanly, keeps the runs that are done, and says so', async () => {
  const out = path.join(room, 'stopped');
  const { code, errors } = await stopped(out);
  assert.equal(code, 130, errors);
  assert.match(errors, /stopped as asked/);
  const r = JSON.parse(readFileSync(path.join(out, 'rehearsal.json'), 'utf8')) as Result;
  assert.ok(r.stopped && r.runs >= 1 && r.runs < 10000, `${r.runs} runs`);
  assert.equal(r.runs_asked, 10000);
  assert.match(readFileSync(path.join(out, 'rehearsal.html'), 'utf8'), /Stopped early/);
});

test('a second Ctrl-C ends at once', async () => {
  const child = spawn(release, ['rehearse', planA, '--replications', '10000'], { env: english, stdio: ['ignore', 'ignore', 'pipe'] });
  let pressing: NodeJS.Timeout | undefined;
  child.stderr.once('data', () => { pressing = setInterval(() => child.kill('SIGINT'), 1); });
  const [code, signal] = await once(child, 'close') as [number | null, NodeJS.Signals | null];
  clearInterval(pressing);
  assert.deepEqual([code, signal], [null, 'SIGINT']);
});

test('a terminal sees a bar, and nothing of it is left', () => {
  const told = execFileSync('script', ['-qec', `${release} rehearse ${small()} --replications 4 2>&1`, '/dev/null'],
    { encoding: 'utf8', env: english });
  assert.match(told, /\r\[#+ *\] \d\/4/);
  assert.match(told, /\r\x1b\[K/);
});
