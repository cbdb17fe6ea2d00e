// One store a page: server messages go in, signals come out, views derive.
//
//   live line --> fold (at once) --> publish (at most 4 times a second) --> signals --> views
//
// While a past moment is shown the live fold goes on behind it; "Live" only publishes it again.

import { batch, effect, signal, untracked, type Signal } from '@preact/signals';
import { api, Problem } from '../api/client';
import { LiveLine } from '../api/live';
import type { BaseDocument } from '../api/plan';
import type {
  AllIn, Books, CheckpointState, DeviceState, InsideState, Message, SessionInfo, SourceState, StageState, ZoneState,
} from '../api/state';
import { msOf, rfc3339 } from '../i18n/time';
import { now_ms, setClock, steady_ms } from './clock';
import { flowBookOf, takeInside, takeMinute, type FlowBook } from './flow';
import { applyMessage, snapshotOf, type Snapshot } from './fold';
import { me, signInOver } from './ui_state';
import { venueOf, type Venue } from './venue';

const PUBLISH_MS = 250;
const FLOW_AGAIN_MS = 120_000;

export interface Head {
  at_ms: number;
  seq: number;
  records: number;
  exercise: boolean;
  speed: number;
  closed: boolean;
  plan_version: number;
}

export type Link = { state: 'connecting' } | { state: 'live' } | { state: 'lost'; since_ms: number }; // of steady_ms()
export type View = { kind: 'live' } | { kind: 'past'; at_ms: number; loading: boolean };

// A signal for each id, made when first asked for.
class Shelf<T> {
  private readonly held = new Map<string, Signal<T | null>>();
  of(id: string): Signal<T | null> {
    let s = this.held.get(id);
    if (!s) {
      s = signal<T | null>(null);
      this.held.set(id, s);
    }
    return s;
  }
  publish(items: Map<string, T>): void {
    for (const [id, item] of items) this.of(id).value = item;
    for (const [id, s] of this.held) if (!items.has(id)) s.value = null;
  }
}

export class Room {
  readonly info = signal<SessionInfo | null>(null);
  readonly venue = signal<Venue | null>(null);
  readonly base = signal<BaseDocument | null>(null);
  readonly head = signal<Head | null>(null);
  readonly inside = signal<InsideState | null>(null);
  readonly books = signal<Books | null>(null);
  readonly allIn = signal<AllIn | null>(null);
  readonly zones = new Shelf<ZoneState>();
  readonly checkpoints = new Shelf<CheckpointState>();
  readonly stages = new Shelf<StageState>();
  readonly sources = new Shelf<SourceState>();
  readonly devices = signal<DeviceState[]>([]);
  readonly shown = signal<{ snapshot: Snapshot | null }>({ snapshot: null }); // new object at each publish
  readonly flow = signal<{ book: FlowBook | null }>({ book: null });          // likewise
  readonly link = signal<Link>({ state: 'connecting' });
  readonly view = signal<View>({ kind: 'live' });
  readonly trouble = signal<Problem | null>(null);

  private live: Snapshot | null = null;
  private liveFlow: FlowBook | null = null;
  private past: Snapshot | null = null;
  private pastFlow: FlowBook | null = null;
  private readonly line: LiveLine;
  private publishTimer = 0;
  private publishedAt = 0;
  private flowChanged = false;
  private flowTimer = 0;
  private stopSignIn: (() => void) | null = null;
  private pastAsk: AbortController | null = null;
  private pastTimer = 0;
  private planVersion = 0;
  private whole = false; // the next connection asks for a whole state

  constructor(readonly id: string) {
    this.line = new LiveLine(id, {
      message: (m) => this.take(m),
      connected: () => { this.link.value = { state: 'live' }; },
      lost: () => {
        if (this.link.peek().state !== 'lost') this.link.value = { state: 'lost', since_ms: steady_ms() };
      },
      since: () => (this.whole || !this.live ? null : this.live.seq),
    });
  }

  async open(info: SessionInfo, at_ms: number | null): Promise<void> {
    this.info.value = info;
    this.planVersion = info.plan_version;
    try {
      const [plan, base] = await Promise.all([
        api.plan(this.id),
        api.base(this.id).catch((e: unknown) => {
          if (e instanceof Problem && e.status === 404) return null;
          throw e;
        }),
      ]);
      batch(() => {
        this.venue.value = venueOf(plan);
        this.base.value = base;
      });
    } catch (error) {
      this.fail(error);
      return;
    }
    this.line.open();
    this.stopSignIn = this.followSignIn();
    void this.loadFlow();
    this.flowTimer = window.setInterval(() => void this.loadFlow(), FLOW_AGAIN_MS);
    if (at_ms !== null) this.goTo(at_ms);
  }

  close(): void {
    this.line.end();
    this.stopSignIn?.();
    this.pastAsk?.abort();
    for (const timer of [this.publishTimer, this.flowTimer, this.pastTimer]) window.clearTimeout(timer);
  }

  // Each sign-in has an end of its own: another end is another sign-in, and the line is opened under it.
  private followSignIn(): () => void {
    let known = me.peek()?.until;
    return effect(() => {
      const until = me.value?.until;
      const isOver = signInOver.value !== null;
      untracked(() => {
        if (isOver) this.line.rest();
        else if (until !== known) {
          known = until;
          this.line.renew();
          void this.loadFlow();
        }
      });
    });
  }

  // Shows a past moment. While the scrubber is dragged the ask waits until the hand rests.
  goTo(at_ms: number): void {
    this.view.value = { kind: 'past', at_ms, loading: true };
    setClock(at_ms, 1, true);
    window.clearTimeout(this.pastTimer);
    this.pastAsk?.abort();
    this.pastTimer = window.setTimeout(() => void this.loadPast(at_ms), 120);
  }

  goLive(): void {
    window.clearTimeout(this.pastTimer);
    this.pastAsk?.abort();
    this.past = null;
    this.pastFlow = null;
    this.view.value = { kind: 'live' };
    this.publish();
  }

  liveNow(): number | null {
    return this.live ? msOf(this.live.at) : null;
  }

  private fail(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    this.trouble.value = error instanceof Problem ? error : new Problem(0, { code: 'page', detail: String(error) });
  }

  private async loadPast(at_ms: number): Promise<void> {
    const ask = new AbortController();
    this.pastAsk = ask;
    const at = rfc3339(at_ms, this.venue.peek()?.offset_min ?? 0);
    try {
      const [state, flow] = await Promise.all([api.state(this.id, at, ask.signal), api.flow(this.id, at, ask.signal)]);
      if (ask.signal.aborted) return;
      this.past = snapshotOf(state);
      this.pastFlow = flowBookOf(flow);
      this.view.value = { kind: 'past', at_ms, loading: false };
      this.flowChanged = true;
      this.publish();
    } catch (error) {
      if (ask.signal.aborted) return;
      this.fail(error);
      this.goLive();
    }
  }

  private async loadFlow(): Promise<void> {
    if (signInOver.peek()) return;
    try {
      this.liveFlow = flowBookOf(await api.flow(this.id));
      this.flowChanged = true;
      this.schedule();
    } catch (error) {
      if (this.liveFlow === null) this.fail(error);
    }
  }

  private take(message: Message): void {
    const { snapshot, taken } = applyMessage(this.live, message);
    this.live = snapshot;
    this.whole = taken === 'gap';
    if (taken === 'gap') {
      this.line.again();
      return;
    }
    if (taken === 'old' || !this.live) return;
    if (message.type !== 'beat' && message.plan_version !== undefined) void this.planChanged(message.plan_version);
    if (message.type !== 'beat') this.foldFlow(message.checkpoints ?? []);
    this.schedule();
  }

  private async planChanged(version: number): Promise<void> {
    if (this.planVersion === version) return;
    this.planVersion = version;
    try {
      this.venue.value = venueOf(await api.plan(this.id));
    } catch (error) {
      this.fail(error);
    }
  }

  private foldFlow(checkpoints: CheckpointState[]): void {
    if (!this.liveFlow || !this.live) return;
    for (const c of checkpoints) {
      for (const minute of c.revised ?? []) takeMinute(this.liveFlow, c.id, minute);
      if (c.minute) takeMinute(this.liveFlow, c.id, c.minute);
    }
    if (this.live.inside.ppl !== null) takeInside(this.liveFlow, msOf(this.live.at), this.live.inside.ppl);
    this.flowChanged = true;
  }

  private schedule(): void {
    if (this.publishTimer || this.view.peek().kind === 'past') return;
    const wait = Math.max(0, PUBLISH_MS - (performance.now() - this.publishedAt));
    this.publishTimer = window.setTimeout(() => {
      this.publishTimer = 0;
      this.publish();
    }, wait);
  }

  private publish(): void {
    this.publishedAt = performance.now();
    const past = this.view.peek().kind === 'past';
    const s = past ? this.past : this.live;
    if (!s) return;
    batch(() => {
      this.head.value = {
        at_ms: msOf(s.at), seq: s.seq, records: s.records, exercise: s.exercise, speed: s.speed, closed: s.closed,
        plan_version: s.plan_version,
      };
      this.inside.value = s.inside;
      this.books.value = s.books;
      this.allIn.value = s.all_in;
      this.zones.publish(s.zones);
      this.checkpoints.publish(s.checkpoints);
      this.stages.publish(s.stages);
      this.sources.publish(s.sources);
      this.devices.value = [...s.devices.values()];
      this.shown.value = { snapshot: s };
      if (this.flowChanged || past || this.flow.peek().book === null) this.flow.value = { book: past ? this.pastFlow : this.liveFlow };
      this.flowChanged = false;
      if (!past) setClock(msOf(s.at), s.speed || 1, s.closed);
      else if (now_ms.peek() === 0) setClock(msOf(s.at), 1, true);
    });
  }
}
