// The tidy test: reads the source tree and holds it to the house style and to the table of arrows in docs/ARCHITECTURE.md.
// Prints what is wrong as FILE:LINE: text, then "N passed, N failed" (a rule is one test).
import { readFileSync, statSync } from 'node:fs';
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
process.chdir(root);
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  .split('\n').filter((f) => f && statSync(f, { throwIfNoEntry: false })?.isFile());
const text = new Map();
const read = (f) => { if (!text.has(f)) text.set(f, readFileSync(f, 'utf8')); return text.get(f); };
const isC = (f) => /^(src|tests|bench|fuzz)\/.*\.[ch]$/.test(f);
const isWeb = (f) => /^(web\/(src|e2e)|tests|venues|bench)\/.*\.(tsx?|mjs|css)$/.test(f);
const isSource = (f) => isC(f) || isWeb(f);
const isText = (f) => isSource(f) || /\.(md|build|json|sh|html)$/.test(f) || /^(demo|check|\.ci\/run|scripts\/.*|bench\/run)$/.test(f);
const lines = (f) => read(f).split('\n');

let passed = 0, failed = 0;
function rule(name, each) {
  const wrong = [];
  each((file, line, what) => wrong.push(`${file}:${line}: ${what}`));
  if (wrong.length === 0) { passed++; return; }
  failed++;
  console.log(`not tidy: ${name}`);
  for (const w of wrong.slice(0, 40)) console.log(`  ${w}`);
  if (wrong.length > 40) console.log(`  ... and ${wrong.length - 40} more`);
}
const eachLine = (select, check) => (say) => {
  for (const f of files.filter(select)) lines(f).forEach((l, i) => { const what = check(l, f, i); if (what) say(f, i + 1, what); });
};

const columns = (l) => [...l.replace(/\t/g, '    ')].length;
// Lists (X-macro rows, catalogues of texts) are tables: a row is a line.
const isTable = (f) => /_list\.h$|\/i18n\//.test(f);
rule('a line has at most 140 columns (tab = 4), what is wanted is 120', eachLine((f) => isSource(f) && !isTable(f), (l) =>
  columns(l) > 140 && !/https?:\/\//.test(l) && `${columns(l)} columns`));
rule('no white space at the end of a line', eachLine(isSource, (l) => /[ \t]+$/.test(l) && 'trailing white space'));
rule('a file ends with a newline', (say) => {
  for (const f of files.filter(isSource)) if (read(f).length && !read(f).endsWith('\n')) say(f, lines(f).length, 'no newline at the end');
});
rule('C is indented with tabs', eachLine(isC, (l, f, i) =>
  /^ {4,}\S/.test(l) && !/^ +\*/.test(l) && /[{};]\s*$/.test(lines(f)[i - 1] ?? '') && 'spaces'));
rule('a source file has at most 800 lines', (say) => {
  for (const f of files.filter(isSource)) if (lines(f).length > 800) say(f, 1, `${lines(f).length} lines: split the room`);
});
rule('a C function fits a screen (75 lines)', (say) => {
  for (const f of files.filter((g) => /^src\/.*\.c$/.test(g))) {
    let start = -1, name = '';
    lines(f).forEach((l, i) => {
      if (/^[a-zA-Z].*\)\s*$/.test(l) || /^[a-zA-Z][^;=]*\($/.test(l)) name = l;
      if (l === '{') start = i;
      if (l === '}' && start >= 0) { if (i - start > 75) say(f, start + 1, `${i - start} lines: ${name.slice(0, 60)}`); start = -1; }
    });
  }
});
rule('no call that cannot be bounded', eachLine((f) => /^src\/.*\.[ch]$/.test(f), (l) => {
  const banned = /(?<![\w>.])(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|system|popen|alloca|tmpnam|mktemp)\s*\(/;
  const m = banned.exec(l.replace(/".*?"/g, '""'));
  return m && !/^\s*(\*|\/\*|\/\/)/.test(l) && m[1];
}));
rule('nothing is left for later', eachLine((f) => isSource(f) && f !== 'tests/tidy/run.mjs', (l) => {
  const m = /\b(TODO|FIXME|XXX|HACK)\b|for now\b|simplified|not implemented/i.exec(l);
  return m && !/tidy: allow/.test(l) && `"${m[0]}"`;
}));
rule('no #ifdef features', eachLine((f) => /^src\/.*\.[ch]$/.test(f), (l) =>
  /^#\s*if/.test(l) && !/^#\s*ifndef \w+_H$/.test(l) && !/^#\s*if(def)? .*__/.test(l) && l));
rule('no path of a machine, no address of a registry', eachLine((f) => isText(f) || /package-lock\.json$/.test(f), (l, f) =>
  f !== 'tests/tidy/run.mjs' && (/(^|[^\w.~])\/(work|home)\//.test(l) ||
  /registry\.npmjs|"resolved"\s*:\s*"http|deb\.debian\.org/.test(l)) && l.trim().slice(0, 80)));
rule('no "any" in TypeScript', eachLine((f) => /^(web|tests)\/.*\.tsx?$/.test(f), (l) =>
  /(:\s*any\b|<any>|as any\b)/.test(l.replace(/\/\/.*/, '')) && l.trim() || /@ts-ignore/.test(l) && l.trim()));
rule('the TypeScript of the tests is sound', (say) => {
  for (const [home, project] of [['tests', '.'], ['web', 'e2e']]) {
    const told = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '--pretty', 'false', '-p', project],
      { cwd: home, encoding: 'utf8' });
    if (told.status === 0) continue;
    for (const l of `${told.stdout}${told.stderr}`.trim().split('\n')) say(home, 1, l);
  }
});
rule('a header says what it is', (say) => {
  for (const f of files.filter((g) => /^src\/.*\.h$/.test(g))) if (!/^\/\*/.test(read(f))) say(f, 1, 'no opening comment');
});

rule('arrows run downwards only', (say) => {
  const allowed = new Map();
  for (const l of lines('docs/ARCHITECTURE.md')) {
    const m = /^\| `(\w+)` \| ([\w, ]*?) ?\|/.exec(l);
    if (m) allowed.set(m[1], new Set(m[2].split(',').map((s) => s.trim()).filter(Boolean)));
  }
  for (const f of files.filter((g) => /^src\/\w+\/.*\.[ch]$/.test(g))) {
    const own = f.split('/')[1];
    if (!allowed.has(own)) { say(f, 1, `module ${own} is not in the table of docs/ARCHITECTURE.md`); continue; }
    lines(f).forEach((l, i) => {
      const m = /^#include "(\w+)\/([^"]+)"/.exec(l);
      if (m && m[1] !== own && !allowed.get(own).has(m[1])) say(f, i + 1, `${own} may not include ${m[1]}`);
    });
  }
});
rule('SQL, libwebsockets and libcurl stay in their rooms', eachLine((f) => /^src\/.*\.[ch]$/.test(f), (l, f) => {
  const m = /^#include <(sqlite3|libwebsockets|curl\/curl|gdal|geos_c|proj|ogr_\w+|sodium)\.h>/.exec(l);
  const home = { sqlite3: /^src\/store\//, libwebsockets: /^src\/server\//, 'curl/curl': /^src\/drive\//,
    geos_c: /^src\/geo\//, proj: /^src\/geo\//, gdal: /^src\/plan\//, sodium: /^src\/(account|cli)\// };
  return m && home[m[1]] && !home[m[1]].test(f) && l;
}));
rule('links in the documents lead somewhere', (say) => {
  for (const f of files.filter((g) => /\.md$/.test(g))) {
    for (const m of read(f).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      if (!statSync(path.join(path.dirname(f), m[1]), { throwIfNoEntry: false })) say(f, 1, `leads nowhere: ${m[1]}`);
    }
  }
});

rule('the demo event is what its drawing draws', (say) => {
  const drawn = spawnSync(process.execPath, ['venues/sports-centre/draw.mjs', '--check'], { encoding: 'utf8' });
  if (drawn.status !== 0) say('venues/sports-centre/draw.mjs', 1, `${drawn.stdout}${drawn.stderr}`.trim().slice(0, 200));
});
const cordon = process.env.CORDON_RELEASE ?? 'build/release/cordon';
if (statSync(cordon, { throwIfNoEntry: false })) {
  for (const [file, args] of [['docs/openapi.json', ['openapi']], ['web/src/api/errors.ts', ['errors', '--ts']]]) {
    rule(`${file} is what the program writes`, (say) => {
      if (read(file) !== execFileSync(cordon, args, { encoding: 'utf8' })) say(file, 1, `stale: ${cordon} ${args.join(' ')} > ${file}`);
    });
  }
  rule('every verb has a help text in both languages', (say) => {
    for (const verb of ['serve', 'plan check', 'plan import', 'rehearse', 'drive', 'account', 'cert', 'verify', 'errors', 'openapi']) {
      for (const LANG of ['C.UTF-8', 'zh_CN.UTF-8']) {
        const told = spawnSync(cordon, [...verb.split(' '), '--help'], { encoding: 'utf8', env: { ...process.env, LANG, LC_ALL: LANG } });
        if (told.status !== 0 || told.stdout.length < 40) say(`cordon ${verb} --help`, 1, `LANG=${LANG}: exit ${told.status}`);
        if (LANG.startsWith('zh') && !/\p{Script=Han}/u.test(told.stdout)) say(`cordon ${verb} --help`, 1, 'no Chinese');
      }
    }
  });
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
