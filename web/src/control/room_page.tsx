// The room: the map fills it, panels lie on it and never move by themselves. On a tablet the panels are drawers; on a
// phone there is one at a time, the three big numbers first.

import { useEffect, useState } from 'preact/hooks';
import type { SessionInfo } from '../api/state';
import { t } from '../i18n';
import { people } from '../i18n/number';
import { hhmm, msOrNull, rfc3339 } from '../i18n/time';
import { noteMoment } from '../route';
import { LazyMap } from '../map/lazy_map';
import { signInStage } from '../sign_in_end';
import { Age } from '../ui/age';
import { Announcer } from './announcer';
import { Bars } from './bars';
import { ChainPanel } from './chain_panel';
import { RoomContext, useRoom } from './context';
import { Detail } from './detail';
import { Dialogs } from './dialogs';
import { Evening } from './evening';
import { FeatureList } from './feature_list';
import { InsideCard } from './inside_card';
import { startKeys } from './keys';
import { CheckpointList, FindField, ZoneList } from './lists';
import { LATE_S, lateness, stageWord } from './sentences';
import { Room } from './store';
import { TopBar } from './top_bar';
import { drawer, layout, selected, tab, type Tab } from './ui_state';

function Lists() {
  return (
    <>
      <div class="find-row"><FindField /></div>
      <div class="lists"><ZoneList /><CheckpointList /></div>
    </>
  );
}

function RightPanel() {
  return (
    <>
      <InsideCard />
      {selected.value ? <div class="lists"><Detail /></div> : <Lists />}
    </>
  );
}

function ThreeNumbers() {
  const room = useRoom();
  const inside = room.inside.value;
  const all = room.allIn.value;
  const offset = room.venue.value?.offset_min ?? 0;
  const at = msOrNull(all?.at);
  const binding = (['security', 'ticket', 'precheck'] as const).map((s) => room.stages.of(s).value).find((s) => s?.binding)
    ?? room.stages.of('security').value ?? room.stages.of('ticket').value;
  // What no lane can change is said, but needs nobody: amber is for what needs a person.
  const late = (all?.late_s ?? 0) > LATE_S && all?.limited_by !== 'arrivals';
  return (
    <div class="three">
      <div>
        <span>{t('panel.inside')}</span>
        <b>{inside?.at_least ? '≥ ' : ''}{inside?.ppl == null ? '—' : people(inside.ppl)}</b>
        <small><Age heard_at={inside?.heard_at} /></small>
      </div>
      <div>
        <span>{binding ? stageWord(binding.stage) : t('panel.chain')} {t('unit.ppl_min')}</span>
        <b class={binding?.binding ? 'tone-warning' : ''}>{binding?.flow_ppl_min == null ? '—' : people(binding.flow_ppl_min)}</b>
        <small>{binding?.binding ? t('chain.binding') : ''}</small>
      </div>
      <div>
        <span>{t('allin.title')}</span>
        <b class={late ? 'tone-warning' : ''}>{at === null ? '—' : hhmm(at, offset)}</b>
        <small>{all?.late_s == null ? '' : lateness(all.late_s)}</small>
      </div>
    </div>
  );
}

function PhaseTimes() {
  const venue = useRoom().venue.value;
  if (!venue) return null;
  const rows = [[t('phase.doors'), venue.doors_ms], [t('phase.start'), venue.start_ms], [t('phase.end'), venue.end_ms]] as const;
  return (
    <dl class="facts">
      {rows.map(([word, at]) => at !== null && <div class="fact" key={word}><dt>{word}</dt><dd>{hhmm(at, venue.offset_min)}</dd></div>)}
    </dl>
  );
}

const TABS: Tab[] = ['chain', 'map', 'zones', 'checkpoints', 'evening'];

function PhoneTabs() {
  return (
    <nav class="tabs" aria-label={t('panel.overview')}>
      {TABS.map((name) => (
        <button key={name} type="button" aria-current={tab.value === name ? 'page' : undefined}
          onClick={() => { selected.value = null; tab.value = name; }}>
          {name === 'evening' ? t('panel.evening_short') : t(`panel.${name}`)}
        </button>
      ))}
    </nav>
  );
}

function Phone() {
  const now = tab.value;
  const open = selected.value !== null && (now === 'zones' || now === 'checkpoints');
  return (
    <main class="phone">
      <ThreeNumbers />
      <div class="phone-body" data-tab={now}>
        {now === 'chain' && <section class="sheet" data-pane="chain" tabIndex={0} aria-label={t('panel.chain')}><ChainPanel /></section>}
        {now === 'map' && <section class="map-pane" data-pane="map" aria-label={t('panel.map')}><LazyMap /></section>}
        {(now === 'zones' || now === 'checkpoints') && (
          <section class="sheet" data-pane="lists" tabIndex={0} aria-label={t('panel.people')}>
            {open ? <Detail /> : (
              <>
                <div class="find-row"><FindField /></div>
                {now === 'zones' ? <><InsideCard /><ZoneList /></> : <CheckpointList />}
              </>
            )}
          </section>
        )}
        {now === 'evening' && (
          <section class="sheet evening-sheet" data-pane="evening" tabIndex={0} aria-label={t('panel.evening')}>
            <Evening height={300} />
            <PhaseTimes />
          </section>
        )}
      </div>
      <PhoneTabs />
    </main>
  );
}

function Drawers() {
  const turn = (side: 'left' | 'right') => () => { drawer.value = drawer.peek() === side ? null : side; };
  return (
    <nav class="drawer-buttons" aria-label={t('panel.overview')}>
      <button type="button" class="button" aria-expanded={drawer.value === 'left'} onClick={turn('left')}>{t('panel.chain')}</button>
      <button type="button" class="button" aria-expanded={drawer.value === 'right'} onClick={turn('right')}>{t('panel.people')}</button>
    </nav>
  );
}

function useFootHeight(): number {
  const [low, setLow] = useState(window.innerHeight < 820);
  useEffect(() => {
    const look = (): void => setLow(window.innerHeight < 820);
    window.addEventListener('resize', look);
    return () => window.removeEventListener('resize', look);
  }, []);
  return low ? 62 : 86;
}

function Wide() {
  const tablet = layout.value === 'tablet';
  const height = useFootHeight();
  const left = !tablet || drawer.value === 'left';
  const right = !tablet || drawer.value === 'right';
  return (
    <>
      <main class="floor">
        <section class="map-pane" data-pane="map" aria-label={t('panel.map')}><LazyMap /></section>
        {tablet && <><ThreeNumbers /><Drawers /></>}
        {left && <section class="panel panel-left" data-pane="chain" tabIndex={-1} aria-label={t('panel.chain')}><ChainPanel /></section>}
        {right && (
          <section class="panel panel-right" data-pane="lists" tabIndex={-1} aria-label={t('panel.people')}>
            <RightPanel />
          </section>
        )}
      </main>
      <footer class="foot" data-pane="evening" tabIndex={-1} aria-label={t('panel.evening')}><Evening height={height} /></footer>
    </>
  );
}

export function RoomPage({ info, at }: { info: SessionInfo; at: string | null }) {
  const [room] = useState(() => new Room(info.id));
  useEffect(() => {
    void room.open(info, msOrNull(at));
    const stopKeys = startKeys();
    const stopNoting = room.view.subscribe((view) => {
      const offset = room.venue.peek()?.offset_min ?? 0;
      noteMoment(info.id, view.kind === 'past' ? rfc3339(view.at_ms, offset) : null);
    });
    return () => {
      stopKeys();
      stopNoting();
      room.close();
      selected.value = null;
    };
  }, [room]);
  return (
    <RoomContext.Provider value={room}>
      <div class="room" data-layout={layout.value} data-past={room.view.value.kind === 'past'} data-old={signInStage.value === 'over'}>
        <TopBar />
        <Bars />
        {layout.value === 'phone' ? <Phone /> : <Wide />}
        <FeatureList />
        <Announcer />
        <Dialogs />
      </div>
    </RoomContext.Provider>
  );
}
