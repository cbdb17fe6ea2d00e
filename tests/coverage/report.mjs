// tests/coverage/report.mjs BUILD [--list] [--only-tell] MODULE...: adds up what gcov counted and holds it to not_covered.txt.
//
// A branch is one way out of a condition as gcc sees it without optimisation: `if (a && b)` has four. What of a source is compiled into
// several programs or (inline, in a header) into several objects is one: taken anywhere is taken.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const options = process.argv.slice(3).filter((a) => a.startsWith('--'));
const modules = process.argv.slice(3).filter((a) => !a.startsWith('--'));
const build = path.resolve(process.argv[2]);
const BRANCHES_WANTED = 95;

// ---- what gcov counted: file -> line -> {count, branches by function} ----

const counted = new Map();
const notes = modules.flatMap((m) => readdirSync(path.join(build, 'src', m), { recursive: true })
  .filter((f) => String(f).endsWith('.gcno')).map((f) => path.join(build, 'src', m, String(f))));
for (const note of notes) {
  const json = execFileSync('gcov', ['--json-format', '--stdout', '--branch-probabilities', note],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'], cwd: build });
  for (const text of json.split('\n').filter(Boolean)) {
    const told = JSON.parse(text);
    for (const file of told.files) {
      const name = path.relative(root, path.resolve(told.current_working_directory, file.file));
      if (!modules.some((m) => name.startsWith(`src/${m}/`))) continue;
      const lines = counted.get(name) ?? new Map();
      counted.set(name, lines);
      for (const l of file.lines) {
        const line = lines.get(l.line_number) ?? { count: 0, branches: new Map() };
        lines.set(l.line_number, line);
        line.count += l.count;
        const of = line.branches.get(l.function_name) ?? [];
        line.branches.set(l.function_name, of);
        l.branches.forEach((b, i) => { of[i] = (of[i] ?? 0) + b.count; });
      }
    }
  }
}

// ---- what must be explained: file | function | the line's text -> branches not taken ----

const open = new Map();
const sums = new Map(modules.map((m) => [m, { lines: 0, linesRun: 0, branches: 0, taken: 0 }]));
const listing = [];
for (const [file, lines] of [...counted].sort()) {
  const source = readFileSync(path.join(root, file), 'utf8').split('\n');
  const sum = sums.get(file.split('/')[1]);
  for (const [number, line] of [...lines].sort((a, b) => a[0] - b[0])) {
    sum.lines++;
    sum.linesRun += line.count > 0 ? 1 : 0;
    for (const [fn, branches] of line.branches) {
      const missed = branches.filter((n) => n === 0).length;
      sum.branches += branches.length;
      sum.taken += branches.length - missed;
      if (missed === 0) continue;
      const text = source[number - 1].trim();
      const key = `${file.slice(4)} | ${fn} | ${text}`;
      open.set(key, (open.get(key) ?? 0) + missed);
      listing.push(`${file}:${number}: ${missed} of ${branches.length} not taken${line.count === 0 ? ', line not run' : ''}: ${text}`);
    }
  }
}

const share = (n, of) => (of === 0 ? '100.0 %' : `${(Math.floor((1000 * n) / of) / 10).toFixed(1)} %`).padStart(7);
let low = false;
for (const [m, s] of sums) {
  console.log(`${m.padEnd(7)} lines ${String(s.linesRun).padStart(5)} of ${String(s.lines).padStart(5)} ${share(s.linesRun, s.lines)}` +
    `   branches ${String(s.taken).padStart(5)} of ${String(s.branches).padStart(5)} ${share(s.taken, s.branches)}`);
  low ||= 100 * s.taken < BRANCHES_WANTED * s.branches;
}
if (options.includes('--list')) listing.forEach((l) => console.log(l));
if (options.includes('--only-tell')) process.exit(0);

// ---- held to the list ----
// FILE | FUNCTION | TEXT OF THE LINE | BRANCHES | WHY. "0-2" branches: it depends on timing how many are taken.

const listed = new Map();
const wrong = [];
const place = 'tests/coverage/not_covered.txt';
readFileSync(path.join(root, place), 'utf8').split('\n').forEach((l, i) => {
  if (l.trim() === '' || l.startsWith('#')) return;
  const parts = l.split(' | ');
  const why = parts.pop(), range = parts.pop()?.trim() ?? '';
  const m = /^(\d+)(?:-(\d+))?$/.exec(range);
  if (parts.length < 3 || !m || !why?.trim()) { wrong.push(`${place}:${i + 1}: not FILE | FUNCTION | TEXT | BRANCHES | WHY`); return; }
  listed.set(parts.join(' | '), { least: Number(m[1]), most: Number(m[2] ?? m[1]), line: i + 1 });
});
let unlisted = 0;
for (const [key, missed] of open) {
  const said = listed.get(key)?.most ?? 0;
  if (missed <= said) continue;
  unlisted += missed - said;
  wrong.push(`not covered and not listed: ${key} | ${missed}${said > 0 ? ` (listed: ${said})` : ''}`);
}
for (const [key, said] of listed) {
  const missed = open.get(key) ?? 0;
  if (missed < said.least) wrong.push(`${place}:${said.line}: says ${said.least} branches, found ${missed}: ${key}`);
}
wrong.forEach((w) => console.log(w));
console.log(`branches not taken: ${[...open.values()].reduce((a, b) => a + b, 0)}, of them not listed: ${unlisted}`);
if (low) console.log(`a module has less than ${BRANCHES_WANTED} % of its branches`);
const bad = (wrong.length > 0 ? 1 : 0) + (low ? 1 : 0);
console.log(`${2 - bad} passed, ${bad} failed`);
process.exit(bad > 0 ? 1 : 0);
