// What ./demo --smoke asks of the running demo: node tests/demo/smoke.mjs URL DIR. Says what is wrong and exits 1.
import { readFileSync } from 'node:fs';
import https from 'node:https';

const [url, dir] = process.argv.slice(2);
const ca = readFileSync(`${dir}/data/tls/ca.pem`);
const password = readFileSync(`${dir}/password`, 'utf8').trim();
let cookie = '';

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'X-Cordon': '1', ...(cookie && { Cookie: cookie }), ...(body && { 'Content-Type': 'application/json' }) };
    const request = https.request(new URL(path, url), { method, ca, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (d) => { text += d; });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on('error', reject);
    request.end(body && JSON.stringify(body));
  });
}
function must(what, holds) {
  if (!holds) { console.error(`  not so: ${what}`); process.exitCode = 1; } else console.log(`  ${what}`);
}

const page = await ask('GET', '/');
must('the page is served', page.status === 200 && /<div id="app"|<main|<script/.test(page.text));
must('nobody sees the state without signing in', (await ask('GET', '/api/v1/sessions/demo/state')).status === 401);
const signIn = await ask('POST', '/api/v1/sign-in', { name: 'commander', password });
must('the printed sign-in works', signIn.status === 200);
cookie = (signIn.headers['set-cookie'] ?? []).map((c) => c.split(';')[0]).join('; ');
const state = JSON.parse((await ask('GET', '/api/v1/sessions/demo/state')).text);
must(`the books balance to zero after ${state.books.passages} passages`, state.books.sum === 0 && state.books.passages > 50000);
must(`a fifth was sent twice and counted once (${state.books.duplicates} duplicates)`, state.books.duplicates > 5000);
must('the session is marked as an exercise', state.exercise === true);
must('after the evening the venue is empty', state.inside.ppl < 300);
const flow = JSON.parse((await ask('GET', '/api/v1/sessions/demo/flow')).text);
const peak = Math.max(...flow.inside);
must(`at the peak ${peak} people were inside`, peak > 20000 && peak <= 30000);
const plan = JSON.parse((await ask('GET', '/api/v1/sessions/demo/plan')).text);
must(`the plan is there with ${plan.features.length} features`, plan.features.length > 100);
must('the base map is there', JSON.parse((await ask('GET', '/api/v1/sessions/demo/base')).text).features.length > 50);
