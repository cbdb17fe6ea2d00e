// Passages with the same identity and another content: what was counted, and what was kept aside. The newest first.

import { useEffect, useState } from 'preact/hooks';
import { api, type Conflict, type Conflicts, type Told } from '../api/client';
import { t } from '../i18n';
import { people } from '../i18n/number';
import { hhmmss, msOf, offsetMinutesOf } from '../i18n/time';
import { asProblem, ProblemNote } from '../ui/problem';
import type { Problem } from '../api/client';
import { nameOf, useRoom } from './context';

const clock = (time: string): string => hhmmss(msOf(time), offsetMinutesOf(time));

function counts(x: Told): string {
  if (x.in_total !== undefined) return t('conflicts.totals', { in: people(x.in_total), out: people(x.out_total ?? 0) });
  return t('conflicts.people', { in: people(x.in ?? 0), out: people(x.out ?? 0) });
}

// Only what differs is said twice; the checkpoint's name where it is not the same one.
function Content({ x, other }: { x: Told; other: Told | null }) {
  const venue = useRoom().venue.value;
  const elsewhere = other !== null && other.checkpoint !== x.checkpoint;
  return (
    <>
      {counts(x)}<br />
      <small>{t('conflicts.at', { at: clock(x.at) })}{elsewhere && ` · ${nameOf(venue, x.checkpoint)}`}</small>
    </>
  );
}

function Row({ c }: { c: Conflict }) {
  const venue = useRoom().venue.value;
  return (
    <tr>
      <th scope="row">{c.device}<br /><small>{nameOf(venue, c.checkpoint)}</small></th>
      <td>{c.boot} / {c.seq}</td>
      <td>{c.first ? <Content x={c.first} other={c} /> : <span class="muted">{t('conflicts.far')}</span>}</td>
      <td><Content x={c} other={c.first} /></td>
      <td>{clock(c.recorded_at)}</td>
    </tr>
  );
}

export function ConflictTable() {
  const room = useRoom();
  const [got, setGot] = useState<Conflicts | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    api.conflicts(room.id).then(setGot, (e: unknown) => setProblem(asProblem(e)));
  }, [room]);
  const rows = [...(got?.conflicts ?? [])].reverse();
  return (
    <section class="sub conflicts">
      <h3>{t('books.conflict_list')}</h3>
      {problem && <ProblemNote problem={problem} />}
      {!got && !problem && <p class="muted">{t('app.loading')}</p>}
      {got && rows.length === 0 && <p class="muted">{t('books.conflict_none')}</p>}
      {rows.length > 0 && (
        <>
          <p class="muted small">{t('conflicts.why')}</p>
          <div class="table-box" tabIndex={0} role="region" aria-label={t('books.conflict_list')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('devices.device')}</th><th scope="col">{t('conflicts.identity')}</th>
                  <th scope="col">{t('conflicts.first')}</th><th scope="col">{t('conflicts.later')}</th>
                  <th scope="col">{t('conflicts.recorded')}</th>
                </tr>
              </thead>
              <tbody>{rows.map((c, i) => <Row key={`${c.recorded_at} ${c.device} ${c.boot} ${c.seq} ${i}`} c={c} />)}</tbody>
            </table>
          </div>
          {got && got.count > rows.length && <p class="muted small">{t('conflicts.more', { n: rows.length, all: people(got.count) })}</p>}
        </>
      )}
    </section>
  );
}
