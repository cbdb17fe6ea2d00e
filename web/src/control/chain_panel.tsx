// The entry chain, stage by stage, and under it the one question of the evening: when is everyone in.

import { useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import { api, type Problem } from '../api/client';
import type { Advice, StageName, StageState } from '../api/state';
import { named, t } from '../i18n';
import { people } from '../i18n/number';
import { hhmm, minutesSeconds, msOrNull } from '../i18n/time';
import { Age } from '../ui/age';
import { HoldButton } from '../ui/hold_button';
import { asProblem, ProblemNote } from '../ui/problem';
import { Shape } from '../ui/shape';
import { Sparkline } from '../ui/sparkline';
import { now_ms, now_s } from './clock';
import { nameOf, useRoom } from './context';
import { lastMinutes, sumLines } from './flow';
import { pickLanes, type LanePick } from './lanes';
import { adviceSentence, duration, LATE_S, lateness, limitSentence, stageWord } from './sentences';
import { mayOperate } from './ui_state';
import { idOf } from './venue';

const ENTRY: StageName[] = ['precheck', 'ticket', 'security'];

function FullIn({ full_at }: { full_at: string | null }) {
  const text = useComputed(() => {
    const at = msOrNull(full_at);
    if (at === null) return '—';
    const seconds = (at - now_s.value * 1000) / 1000;
    return seconds <= 0 ? t('chain.full_now') : t('chain.full_in', { text: duration(seconds) });
  });
  const at = msOrNull(full_at);
  const soon = at !== null && at - now_ms.peek() < 15 * 60_000;
  return <dd class={soon ? 'tone-warning' : ''}>{text}</dd>;
}

function StageTrend({ stage }: { stage: StageName }) {
  const room = useRoom();
  const ids = useComputed(() => (room.venue.value?.of.checkpoint ?? []).filter((c) => c.properties.stage === stage).map(idOf));
  const minute = useComputed(() => Math.floor(now_ms.value / 60_000));
  const { book } = room.flow.value;
  if (!book) return <div class="spark-space" />;
  const values = lastMinutes(book, sumLines(book, ids.value, (l) => l.in), minute.value * 60_000, 60);
  return <Sparkline values={values} width={240} height={28} filled label={t('chain.trend', { stage: stageWord(stage) })} />;
}

function StageCard({ stage }: { stage: StageState }) {
  const word = stageWord(stage.stage);
  const capacity = stage.capacity_ppl_min;
  const flow = stage.flow_ppl_min;
  const share = flow !== null && capacity ? Math.min(1, flow / capacity) : 0;
  return (
    <article class="stage" data-binding={stage.binding} data-silent={flow === null}>
      <header>
        <h3>{word}</h3>
        <Age heard_at={stage.heard_at} />
        {stage.binding && <span class="binding tone-warning">{t('chain.binding')}<Shape name="triangle" /></span>}
      </header>
      <div class="stage-flow">
        <p class="big">
          {stage.at_least && <abbr class="at-least" title={t('inside.at_least')}>≥</abbr>}
          <b>{flow === null ? '—' : people(flow)}</b>
          <small>{t('unit.ppl_min')}</small>
        </p>
        <p class="stage-lanes">
          <span>{t('chain.capacity', { n: capacity === null ? '—' : people(capacity) })}</span>
          <span>{t('chain.lanes', { open: stage.lanes_open, all: stage.lanes })}</span>
        </p>
      </div>
      <div
        class="bar" role="meter" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}
        aria-label={t('chain.load', { stage: word, n: Math.round(share * 100) })}
      ><i style={{ width: `${share * 100}%` }} /></div>
      <StageTrend stage={stage.stage} />
      <dl class="stage-facts">
        <div><dt>{t('chain.queue')}</dt><dd>{stage.queue_ppl === null ? '—' : people(stage.queue_ppl)}</dd></div>
        <div><dt>{t('chain.wait')}</dt><dd>{stage.wait_s === null ? '—' : minutesSeconds(stage.wait_s)}</dd></div>
        <div><dt>{t('chain.full')}</dt><FullIn full_at={stage.full_at} /></div>
      </dl>
    </article>
  );
}

function AdviceAction({ advice }: { advice: Advice }) {
  const room = useRoom();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const venue = room.venue.value;
  const states = (venue?.of.checkpoint ?? [])
    .filter((c) => c.properties.stage === advice.stage)
    .flatMap((c) => room.checkpoints.of(idOf(c)).value ?? []);
  const picks: LanePick[] = pickLanes(states, advice.lanes);
  const count = picks.reduce((n, p) => n + p.lanes.length, 0);
  if (count === 0) return null;
  const list = picks.map((p) => `${nameOf(venue, p.checkpoint)} ${p.lanes.join(', ')}`).join('; ');
  const open = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      for (const p of picks) await api.setLanes(room.id, p.checkpoint, Object.fromEntries(p.lanes.map((l) => [l, true])));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="advice-action">
      <p class="small">{t('advice.which', { list })}</p>
      <HoldButton kind="main" label={t('advice.hold', { n: count })} busy={busy} onHeld={() => void open()} spoken={list} />
      <p class="small tell">{t('advice.tell')}</p>
      {problem && <ProblemNote problem={problem} />}
    </div>
  );
}

export function AllInCard() {
  const room = useRoom();
  const all = room.allIn.value;
  const offset = room.venue.value?.offset_min ?? 0;
  // After the end there is no such question.
  if (!all || (all.at === null && all.limited_by === 'arrivals')) return null;
  const at = msOrNull(all.at);
  // What no lane can change is said, but needs nobody: amber is for what needs a person.
  const late = all.late_s !== null && all.late_s > LATE_S && all.limited_by !== 'arrivals';
  const limit = all.advice ? '' : limitSentence(all);
  const live = room.view.value.kind === 'live';
  return (
    <article class="all-in" data-late={late || (at === null && all.limited_by !== 'arrivals')}>
      <h3>{t('allin.title')}</h3>
      <div class="all-in-clock">
        <b class={at === null ? 'words' : 'clock-number'}>{at === null ? t('allin.never') : hhmm(at, offset)}</b>
        <p>
          {all.error_s !== null && at !== null && <span>{t('allin.error', { n: Math.max(1, Math.ceil(all.error_s / 60)) })}</span>}
          {all.late_s !== null && (
            <strong class={late ? 'tone-warning' : ''}>
              {late && <Shape name="triangle" size={12} />}{lateness(all.late_s)}
            </strong>
          )}
        </p>
      </div>
      {all.advice && <p class="sentence">{adviceSentence(all.advice, offset, now_ms.peek())}</p>}
      {limit !== '' && <p class="sentence">{limit}</p>}
      {all.advice && live && mayOperate.value && <AdviceAction advice={all.advice} />}
    </article>
  );
}

export function ChainPanel() {
  const room = useRoom();
  const plan = room.venue.value?.plan.cordon;
  const stages = ENTRY.flatMap((s) => room.stages.of(s).value ?? []);
  return (
    <>
      <header class="panel-head">
        <h2>{t('panel.chain')}</h2>
        {plan && <span class="muted clip">{named(plan.name, '')}</span>}
      </header>
      <div class="chain" tabIndex={0} role="group" aria-label={t('panel.chain')}>
        {stages.map((s) => <StageCard key={s.stage} stage={s} />)}
        {stages.length === 0 && room.head.value && <p class="muted">{t('chain.none')}</p>}
        <AllInCard />
      </div>
    </>
  );
}
