// Menu, keyboard help, books and devices: sheets over the room.

import { readersClock, t, type Key } from '../i18n';
import { people } from '../i18n/number';
import { go } from '../route';
import { Age, Silence } from '../ui/age';
import { Dialog } from '../ui/dialog';
import { Shape, shapeOf } from '../ui/shape';
import { ConflictTable } from './conflicts';
import { nameOf, useRoom } from './context';
import { deviceRemarks } from './detail_checkpoint';
import { signOut } from './leave';
import { Palette } from './palette';
import { ServerSheet } from './server_sheet';
import { dialog, isAdmin, mayOperate, me, setSingleKeys, singleKeys } from './ui_state';

const close = (): void => { dialog.value = null; };

function Menu() {
  const items: [Key, () => void][] = [
    ['palette.books', () => { dialog.value = 'books'; }],
    ['palette.devices', () => { dialog.value = 'devices'; }],
    ['palette.server', () => { dialog.value = 'server'; }],
    ['palette.help', () => { dialog.value = 'help'; }],
    ['palette.title', () => { dialog.value = 'palette'; }],
    ['again.go', () => { dialog.value = 'sign_in'; }],
    ['palette.sessions', () => { close(); go({ page: 'sessions' }); }],
  ];
  if (isAdmin.value) items.push(['palette.settings', () => { close(); go({ page: 'settings' }); }]);
  items.push(['palette.sign_out', () => void signOut()]);
  return (
    <Dialog title={t('menu.title')} onClose={close}>
      {me.value && <p class="muted">
        {t('menu.signed_in', { name: me.value.name, role: t(`who.${me.value.role}`), time: readersClock(me.value.until) })}
      </p>}
      <ul class="menu-list">
        {items.map(([key, run]) => <li key={key}><button type="button" onClick={run}>{t(key)}</button></li>)}
      </ul>
    </Dialog>
  );
}

const KEYS: [string, Key][] = [
  ['Ctrl K', 'help.palette'], ['F2', 'help.map'], ['F6', 'help.pane'], ['/', 'help.find'], ['Esc', 'help.up'], ['?', 'help.help'],
  ['← →', 'help.scrub'], ['↑ ↓', 'help.list'], ['Enter', 'help.hold'],
];

function Help() {
  return (
    <Dialog title={t('help.title')} onClose={close}>
      <dl class="keys">{KEYS.map(([k, text]) => <div key={k}><dt><kbd>{k}</kbd></dt><dd>{t(text)}</dd></div>)}</dl>
      <label class="check">
        <input type="checkbox" checked={singleKeys.value} onChange={(e) => setSingleKeys(e.currentTarget.checked)} />{t('help.single')}
      </label>
      <h3>{t('help.model')}</h3>
      <p class="prose">{t('help.model_text')}</p>
    </Dialog>
  );
}

function BooksSheet() {
  const room = useRoom();
  const b = room.books.value;
  if (!b) return null;
  const rows: [Key, number][] = [
    ['books.passages', b.passages], ['books.duplicates', b.duplicates], ['books.conflicts', b.conflicts], ['books.rejected', b.rejected],
    ['books.late', b.late], ['books.records', room.head.value?.records ?? 0],
  ];
  return (
    <Dialog title={t('books.title')} onClose={close}>
      <p class={`books-sum ${b.sum === 0 ? '' : 'tone-critical'}`}>
        <span>{t('books.sum')}</span><b>{people(b.sum)}</b>
        <span>
          <Shape name={b.sum === 0 ? 'circle' : 'square'} size={12} />{' '}{t(b.sum === 0 ? 'books.balanced' : 'books.unbalanced')}
        </span>
      </p>
      <dl class="facts">{rows.map(([key, n]) => <div class="fact" key={key}><dt>{t(key)}</dt><dd>{people(n)}</dd></div>)}</dl>
      {mayOperate.value && <ConflictTable />}
    </Dialog>
  );
}

function Devices() {
  const room = useRoom();
  const list = room.devices.value;
  const venue = room.venue.value;
  const rank = { alarm: 0, silent: 1, never: 2, live: 3 };
  const sorted = [...list].sort((a, b) => rank[a.state] - rank[b.state] || a.id.localeCompare(b.id, 'en', { numeric: true }));
  return (
    <Dialog title={t('devices.title')} onClose={close}>
      <p class="muted">{t('devices.count', { live: list.filter((d) => d.state === 'live').length, all: list.length })}</p>
      <div class="table-box" tabIndex={0} role="region" aria-label={t('devices.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('devices.device')}</th>
              <th scope="col">{t('devices.state')}</th>
              <th scope="col">{t('devices.checkpoint')}</th>
              <th scope="col">{t('devices.heard')}</th><th scope="col">{t('devices.notes')}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((d) => (
              <tr key={d.id} class={`tone-${d.state}`}>
                <th scope="row">{d.id}</th>
                <td class="state-cell"><Shape name={shapeOf(d.state)} /> {t(`state.${d.state}`)}</td>
                <td>{nameOf(venue, d.checkpoint)}</td>
                <td>{d.state === 'live' ? <Age heard_at={d.heard_at} /> : <Silence heard_at={d.heard_at} />}</td>
                <td class="muted">{deviceRemarks(d).join(' · ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}

export function Dialogs() {
  switch (dialog.value) {
    case 'palette':
      return <Palette />;
    case 'help':
      return <Help />;
    case 'books':
      return <BooksSheet />;
    case 'devices':
      return <Devices />;
    case 'server':
      return <ServerSheet onClose={close} />;
    case 'menu':
      return <Menu />;
    default:
      return null;
  }
}
