// A bad line: a TCP proxy that delays, drips, cuts in the middle of anything and closes one half. It never makes up a byte.
import net from 'node:net';

export type Random = () => number;
type Kind = 'pass' | 'slow' | 'drip' | 'cut' | 'half';

export class Proxy {
  private readonly server: net.Server;
  private readonly pairs = new Set<[net.Socket, net.Socket]>();
  bad = true;
  cuts = 0;
  port = 0;

  constructor(
    private readonly to: () => number,
    private readonly random: Random,
  ) {
    this.server = net.createServer({ allowHalfOpen: true }, (client) => this.connect(client));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as net.AddressInfo).port;
    return this;
  }

  private kind(): Kind {
    const r = this.random();
    if (!this.bad || r < 0.4) return 'pass';
    return r < 0.55 ? 'slow' : r < 0.7 ? 'drip' : r < 0.9 ? 'cut' : 'half';
  }

  private connect(client: net.Socket): void {
    const server = net.connect({ port: this.to(), host: '127.0.0.1', allowHalfOpen: true });
    const pair: [net.Socket, net.Socket] = [client, server];
    this.pairs.add(pair);
    const kind = this.kind();
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from
        .on('error', () => {})
        .on('close', () => {
          to.destroy();
          this.pairs.delete(pair);
        });
      this.carry(
        from,
        to,
        kind,
        kind === 'cut' || kind === 'half' ? Math.floor(this.random() ** 3 * 200000) : Infinity,
        pair,
      );
      from.on('end', () => to.end());
    }
  }

  private carry(from: net.Socket, to: net.Socket, kind: Kind, most: number, pair: [net.Socket, net.Socket]): void {
    let carried = 0;
    let last: Promise<void> = Promise.resolve();
    from.on('data', (bytes: Buffer) => {
      from.pause();
      last = last.then(() => this.hand(to, bytes.subarray(0, Math.max(0, most - carried)), kind));
      carried += bytes.length;
      void last.then(() => {
        if (carried <= most) {
          from.resume();
          return;
        }
        this.cuts++;
        if (kind === 'half') {
          to.end();
          return;
        }
        for (const s of pair)
          if (this.random() < 0.5) s.resetAndDestroy();
          else s.destroy();
      });
    });
  }

  private async hand(to: net.Socket, bytes: Buffer, kind: Kind): Promise<void> {
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
    if (kind === 'slow') await wait(this.random() * 150);
    const piece =
      kind === 'drip' ? 1 + Math.floor(this.random() * Math.max(200, bytes.length / 8)) : Math.max(1, bytes.length);
    for (let at = 0; at < bytes.length; at += piece) {
      if (kind === 'drip' && at > 0) await wait(1 + this.random() * 4);
      if (to.destroyed) return;
      to.write(bytes.subarray(at, at + piece));
    }
  }

  // Every line at once, as when a switch loses power.
  cutAll(): void {
    for (const pair of this.pairs) {
      this.cuts++;
      for (const s of pair) s.destroy();
    }
  }

  end(): void {
    this.cutAll();
    this.server.close();
  }
}
