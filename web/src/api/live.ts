// The WebSocket of one session: it brings messages, says when it is lost and since when, and comes back by itself.

import { api } from './client';
import type { Message } from './state';

export interface LiveWatcher {
  message(m: Message): void;
  connected(): void;
  lost(): void;
  since(): number | null; // the sequence number to resume from; null: from the whole state
}

const SIGNED_OUT = 4401;
const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 8000;
const QUIET_MOST_MS = 6000; // the server beats every second; longer silence is a dead line

export class LiveLine {
  private socket: WebSocket | null = null;
  private before: WebSocket | null = null; // still told by until `socket` is open, so that nothing stands still in between
  private retry_ms = RETRY_FIRST_MS;
  private retryTimer = 0;
  private quietTimer = 0;
  private opened = false;
  private ended = false;
  private resting = false; // nobody is signed in: asking would only be refused

  constructor(private readonly session: string, private readonly watcher: LiveWatcher) {}

  open(): void {
    if (this.ended || this.resting) return;
    this.connect();
  }

  private connect(): void {
    const since = this.watcher.since();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const path = `/api/v1/sessions/${encodeURIComponent(this.session)}/live${since === null ? '' : `?since=${since}`}`;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`);
    this.socket = socket;
    this.opened = false;
    socket.onopen = () => {
      this.opened = true;
      this.dropBefore();
      this.retry_ms = RETRY_FIRST_MS;
      this.watcher.connected();
      this.expectWord();
    };
    socket.onmessage = (event: MessageEvent<string>) => this.take(event.data);
    socket.onclose = (event) => {
      // A browser does not tell why it was let in no more: ask, so that an ended sign-in shows instead of a lost line.
      if (!this.ended && (event.code === SIGNED_OUT || !this.opened)) api.me().catch(() => undefined);
      this.closed(socket);
    };
  }

  private dropBefore(): void {
    this.before?.close();
    this.before = null;
  }

  // Signed in again: a line opened before ends with the sign-in that it was opened under.
  renew(): void {
    if (this.ended) return;
    this.resting = false;
    window.clearTimeout(this.retryTimer);
    this.retry_ms = RETRY_FIRST_MS;
    this.dropBefore();
    this.before = this.socket;
    if (this.before) this.before.onclose = null;
    this.connect();
  }

  // The sign-in is over: quiet until renew().
  rest(): void {
    this.resting = true;
    window.clearTimeout(this.retryTimer);
    if (this.socket) this.closed(this.socket);
  }

  // Drops the line and asks again from `since()`: after a gap.
  again(): void {
    this.socket?.close();
  }

  end(): void {
    this.ended = true;
    window.clearTimeout(this.retryTimer);
    window.clearTimeout(this.quietTimer);
    this.dropBefore();
    this.socket?.close();
    this.socket = null;
  }

  private take(text: string): void {
    this.expectWord();
    try {
      this.watcher.message(JSON.parse(text) as Message);
    } catch (error) {
      console.warn('a message could not be used', error);
      this.again();
    }
  }

  private expectWord(): void {
    window.clearTimeout(this.quietTimer);
    this.quietTimer = window.setTimeout(() => this.socket && this.closed(this.socket), QUIET_MOST_MS);
  }

  private closed(socket: WebSocket): void {
    if (socket !== this.socket || this.ended) return;
    this.socket = null;
    socket.onclose = null;
    socket.close();
    this.dropBefore();
    window.clearTimeout(this.quietTimer);
    this.watcher.lost();
    if (this.resting) return;
    this.retryTimer = window.setTimeout(() => this.open(), this.retry_ms * (0.75 + Math.random() * 0.5));
    this.retry_ms = Math.min(this.retry_ms * 2, RETRY_MOST_MS);
  }
}
