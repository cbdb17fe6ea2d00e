// The benchmarks of Cordon: node bench/run.mjs NAME [options]. Each prints one JSON object a line: medians of at least five runs, as ratios
// against a peer or a limit in the same run, with what it ran on.
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpus, totalmem, release, tmpdir } from 'node:os';
import { existsSync, mkdtempSync, readFileSync, rmSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import path from 'node:path';
import { validation } from './validation/write.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const program = (name) => path.join(root, 'build/release/bench', name);
const cordon = path.join(root, 'build/release/cordon');
const scratch = mkdtempSync(path.join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), 'cordon-bench-')); // a disk, not a tmpfs
const machine = `${cpus().length} x ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
const started = [];
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const say = (row) => console.log(JSON.stringify({ ...row, on: machine }));
const note = (text) => process.stderr.write(`${text}\n`);
process.on('exit', () => {
  for (const child of started) { try { process.kill(child.pid, 'SIGKILL'); } catch { /* gone already */ } }
  rmSync(scratch, { recursive: true, force: true });
});

// The plan that all ingest cases use: 100 checkpoints with five devices each, D000 to D499.
function benchPlan() {
  const features = [{ type: 'Feature', properties: { id: 'inside', kind: 'zone', use: 'concourse' },
    geometry: { type: 'Polygon', coordinates: [[[0, 0], [1000, 0], [1000, 400], [0, 400], [0, 0]]] } }];
  for (let c = 0; c < 100; c++) {
    const devices = [0, 1, 2, 3, 4].map((d) => ({ id: `D${String(c * 5 + d).padStart(3, '0')}`, kind: 'turnstile' }));
    features.push({ type: 'Feature',
      properties: { id: `C${String(c).padStart(2, '0')}`, kind: 'checkpoint', stage: 'ticket', from: 'outside',
        to: 'inside', width_m: 2, exit_use: true, lanes: [{ id: '1', rate_ppl_min: 11 }], devices },
      geometry: { type: 'Point', coordinates: [10 + (c % 20) * 48, 10 + Math.floor(c / 20) * 90] } });
  }
  const day = new Date(Date.now() - 6 * 3600e3).toISOString();
  const at = (h) => new Date(Date.parse(day) + h * 3600e3).toISOString();
  return { type: 'FeatureCollection', cordon: { plan: 1, name: 'bench', coordinates: 'local',
    timetable: { doors: at(0), start: at(8), end: at(12) }, expected_ppl: 50000, approved_ppl: 60000 }, features };
}

async function startServer({ tls = false } = {}) {
  const dir = mkdtempSync(path.join(scratch, 'data-'));
  const ready = path.join(dir, 'ready.json');
  const password = 'bench-only-password';
  mkdirSync(path.join(dir, 'data'), { mode: 0o700 });
  const made = spawnSync(cordon, ['account', 'add', 'bench', '--role', 'administrator', '--first-sign-in', 'keep', '--data',
    path.join(dir, 'data')], { input: `${password}\n` });
  if (made.status !== 0) throw new Error(`cordon account add: ${made.stderr}`);
  const args = ['serve', '--data', path.join(dir, 'data'), '--listen', '127.0.0.1:0', '--mqtt', '127.0.0.1:0', '--ready', ready];
  const child = spawn(cordon, tls ? args : [...args, '--plain'], { stdio: ['ignore', 'ignore', 'inherit'] });
  started.push(child);
  for (let i = 0; i < 200 && !existsSync(ready); i++) await new Promise((r) => { setTimeout(r, 50); });
  const told = JSON.parse(readFileSync(ready, 'utf8'));
  if (tls) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // this process speaks to its own server on loopback only
  const ask = async (method, where, body, cookie) => {
    const answer = await fetch(new URL(where, told.url), { method, body: body && JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', 'X-Cordon': '1', ...(cookie && { Cookie: cookie }) } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text.slice(0, 400)}`);
    return { text, cookie: (answer.headers.getSetCookie?.() ?? []).map((c) => c.split(';')[0]).join('; ') };
  };
  const { cookie } = await ask('POST', '/api/v1/sign-in', { name: 'bench', password });
  await ask('POST', '/api/v1/sessions', { id: 'bench', plan: benchPlan() }, cookie);
  const token = JSON.parse((await ask('POST', '/api/v1/device-tokens',
    { session: 'bench', devices: ['*'], note: 'bench' }, cookie)).text).secret;
  const url = new URL(told.url);
  return { child, ask, token, cookie, host: url.hostname === 'localhost' ? '127.0.0.1' : url.hostname,
    port: url.port, mqtt: String(told.mqtt_port),
    stop: async () => { child.kill('SIGTERM'); await once(child, 'exit'); rmSync(dir, { recursive: true, force: true }); } };
}

function startPostgres() {
  const dir = path.join(scratch, 'pg');
  const bin = execFileSync('bash', ['-c', 'ls -d /usr/lib/postgresql/*/bin | tail -1'], { encoding: 'utf8' }).trim();
  const as = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : ['env'];
  execFileSync('chmod', ['755', scratch]);
  mkdirSync(dir);
  if (process.getuid() === 0) execFileSync('chown', ['postgres:postgres', dir]);
  execFileSync(as[0], [...as.slice(1), `${bin}/initdb`, '-D', `${dir}/db`, '-A', 'trust', '-U', 'postgres'], { stdio: 'ignore', cwd: '/' });
  const child = spawn(as[0], [...as.slice(1), `${bin}/postgres`, '-D', `${dir}/db`, '-k', dir, '-c', 'listen_addresses=', '-c', 'fsync=on',
    '-c', 'synchronous_commit=on', '-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'], { stdio: 'ignore', cwd: '/' });
  started.push(child);
  const psql = (sql) => spawnSync(`${bin}/psql`, ['-h', dir, '-U', 'postgres', '-c', sql], { encoding: 'utf8' });
  for (let i = 0; i < 100 && psql('select 1').status !== 0; i++) spawnSync('sleep', ['0.1']);
  return { child, conninfo: `host=${dir} user=postgres dbname=postgres`,
    fresh: () => psql('DROP TABLE IF EXISTS passage; '
      + 'CREATE TABLE passage (device int, boot bigint, seq bigint, at bigint, checkpoint int, "in" int, '
      + '"out" int, PRIMARY KEY (device, boot, seq))') };
}

function startRedis() {
  const dir = path.join(scratch, 'redis');
  mkdirSync(dir);
  const socket = path.join(dir, 's');
  const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--dir', dir,
    '--appendonly', 'yes', '--appendfsync', 'always',
    '--save', ''], { stdio: 'ignore' });
  started.push(child);
  for (let i = 0; i < 100 && !existsSync(socket); i++) spawnSync('sleep', ['0.1']);
  return { child, socket, fresh: () => spawnSync('redis-cli', ['-s', socket, 'FLUSHALL']) };
}

async function ingestOnce(...args) {
  const out = await new Promise((resolve, reject) => {
    execFile(program('bench_ingest'), args.map(String), { maxBuffer: 1 << 20 }, (error, stdout, stderr) =>
      (error ? reject(new Error(`bench_ingest ${args[0]}: ${stderr || error.message}`)) : resolve(stdout)));
  });
  return Object.fromEntries([...out.matchAll(/(\w+) (\d+)/g)].map((m) => [m[1], Number(m[2])]));
}

async function ingest(options) {
  const runs = Number(options.runs ?? 5), records = Number(options.records ?? 1000000);
  const server = await startServer(), secure = options.tls === undefined ? null : await startServer({ tls: true });
  const pg = startPostgres(), redis = startRedis();
  const to = (s) => [s.host, s.port, 'bench', s.token];
  const cases = {
    'http-ndjson': () => ingestOnce('http', ...to(server), records, 5000, 4),
    ...(secure && { 'http-ndjson-tls': () => ingestOnce('http', ...to(secure), records, 5000, 4, 'tls') }),
    'mqtt-qos1': () => ingestOnce('mqtt', server.host, server.mqtt, 'bench', server.token, records, 50, 4),
    'mqtt-qos1-single': () => ingestOnce('mqtt', server.host, server.mqtt, 'bench', server.token, records / 5, 1, 4),
    postgresql: () => { pg.fresh(); return ingestOnce('pg', pg.conninfo, records / 2, 1000, 2); },
    redis: () => { redis.fresh(); return ingestOnce('redis', redis.socket, records / 4, 1000, 2); },
  };
  const figures = Object.fromEntries(Object.keys(cases).map((k) => [k, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, once_] of Object.entries(cases)) {
      const { passages_per_s: value } = await once_();
      figures[name].push(value);
      note(`  run ${run + 1}/${runs} ${name}: ${value} passages/s`);
    }
  }
  const peers = { postgresql: median(figures.postgresql), redis: median(figures.redis) };
  const against = peers.postgresql >= peers.redis ? 'postgresql' : 'redis';
  for (const name of Object.keys(cases)) {
    const value = median(figures[name]);
    say({ bench: 'ingest', case: name, figure: 'passages_per_s', value, unit: '1/s', ...(peers[name] === undefined && { against,
      ratio: Number((value / peers[against]).toFixed(2)) }), min: Math.min(...figures[name]), max: Math.max(...figures[name]), runs });
  }
  // What was acknowledged must be what is booked, each once: a fast server that forgets is no server.
  const { books } = JSON.parse((await server.ask('GET', '/api/v1/sessions/bench/state', undefined, server.cookie)).text);
  const sent = runs * (records + records + records / 5);
  if (books.passages !== sent || books.duplicates !== 0 || books.sum !== 0) {
    throw new Error(`sent ${sent}, but the books say ${JSON.stringify(books)}`);
  }
  const singles = [];
  for (let run = 0; run < runs; run++) singles.push(await ingestOnce('single', ...to(server), 2000, 5, 8));
  say({ bench: 'ingest', case: 'single-2000-per-s', figure: 'ack_p99',
    value: median(singles.map((s) => s.p99_us)) / 1000, unit: 'ms', limit: 5,
    p50: median(singles.map((s) => s.p50_us)) / 1000, runs });
  await server.stop();
  await secure?.stop();
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function fanout(options) {
  const runs = Number(options.runs ?? 5), browsers = Number(options.browsers ?? 500), posts = Number(options.posts ?? 40);
  const rows = [];
  for (let run = 0; run < runs; run++) {
    const server = await startServer();
    const child = spawn(program('bench_fanout'),
      [server.host, server.port, 'bench', server.token, server.cookie, browsers, posts].map(String));
    let text = '', began = 0, cpu = 0;
    child.stderr.pipe(process.stderr);
    child.stdout.setEncoding('utf8').on('data', (d) => {
      if (!began && d.includes('ready')) { began = Date.now(); cpu = cpuSeconds(server.child.pid); }
      text += d;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error('bench_fanout failed');
    const row = Object.fromEntries([...text.matchAll(/(\w+) (\d+)/g)].map((m) => [m[1], Number(m[2])]));
    rows.push({ ...row, cores: (cpuSeconds(server.child.pid) - cpu) / ((Date.now() - began) / 1000) });
    note(`  run ${run + 1}/${runs}: p99 ${row.p99_us / 1000} ms, ${rows.at(-1).cores.toFixed(3)} cores, ${row.missing} missing`);
    await server.stop();
  }
  say({ bench: 'fanout', case: `${browsers}-browsers`, figure: 'ack_to_frame_p99',
    value: median(rows.map((r) => r.p99_us)) / 1000, unit: 'ms',
    limit: 300, p50: median(rows.map((r) => r.p50_us)) / 1000, missing: Math.max(...rows.map((r) => r.missing)), runs });
  say({ bench: 'fanout', case: `${browsers}-browsers`, figure: 'server_cpu', value: Number(median(rows.map((r) => r.cores)).toFixed(3)),
    unit: 'cores', limit: 0.5, runs });
}

// Benchmarks that are programs of their own and print JSON lines themselves.
function own(name) {
  return (options) => {
    const args = Object.entries(options).flatMap(([k, v]) => [`--${k}`, v]);
    const r = spawnSync(program(`bench_${name}`), args,
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], cwd: scratch, maxBuffer: 1 << 26 });
    if (r.status !== 0) throw new Error(`bench_${name} failed`);
    for (const line of r.stdout.split('\n').filter(Boolean)) say(JSON.parse(line));
  };
}

const benches = {
  ingest: [ingest,
    'durable passages a second, client to acknowledged: HTTP NDJSON, MQTT QoS 1; PostgreSQL, Redis '
    + '(--runs, --records, --tls)'],
  fanout: [fanout, 'acknowledged passage to WebSocket frame in 500 browsers (--runs, --browsers, --posts)'],
  scan: [own('scan'), 'the passage scanner against jansson and cJSON'],
  restart: [own('restart'), '10 million passages back in memory'],
  store: [own('store'), 'journal commits by batch size'],
  witness: [own('witness'), "what the witness of a journal's end costs a commit"],
  field: [own('field'), 'the way to a goal over a million cells, and how long a question for the direction takes'],
  crowd: [own('crowd'), 'walker-steps a second of processor time, and whether they are the right ones '
    + '(--case, --n, --dt, --steps, --threads, --isa, --model, --runs)'],
  validation: [async (_, args) => { const code = await validation(args, { program, say, root, machine }); if (code) process.exit(code); },
    'is the crowd engine right? RiMEA, IMO, NIST, experiments, formulas (--short, --only NAME, --write)'],
  queue: [(options) => { own('queue')(options); own('rehearse')(options); },
    'people a second through links and checkpoints that spill back; the demo\'s plan A against B (--n, --runs, --pairs)'],
  ledger: [own('ledger'), 'claim and post, nanoseconds a passage'],
};
const [name, ...rest] = process.argv.slice(2);
if (name !== 'all' && !benches[name]) {
  const list = Object.entries(benches).map(([k, [, t]]) => `  ${k.padEnd(10)} ${t}`).join('\n');
  console.log(`Usage: bench/run NAME [--option value ...]\n\n${list}
  all        every one of them

Prints one JSON object a line: medians, the ratio to a peer or the limit in the same run, and the machine.`);
  process.exit(name && name !== '--help' ? 2 : 0);
}
const options = {};
for (let i = 0; i < rest.length; i += 2) options[rest[i].replace(/^--/, '')] = rest[i + 1] ?? '';
for (const n of name === 'all' ? Object.keys(benches) : [name]) await benches[n][0](options, name === 'all' ? [] : rest);
process.exit(0);
