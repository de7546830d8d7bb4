import { once } from 'node:events';
import { createServer, type AddressInfo, connect, type Socket, type Server as Listening } from 'node:net';
import type { Server } from './server.ts';

/** The way between a browser and the server, which can be cut and mended. */
export class Link {
  readonly address: string;
  readonly #listening: Listening;
  readonly #sockets = new Set<Socket>();
  #passes: 'everything' | 'pages' | 'nothing' = 'everything';

  private constructor(listening: Listening, to: number) {
    this.#listening = listening;
    this.address = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    listening.on('connection', (socket) => this.#carry(socket, to));
  }

  static async open(server: Server): Promise<Link> {
    const listening = createServer().listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return new Link(listening, Number(new URL(server.address).port));
  }

  cut(): void {
    this.#passes = 'nothing';
    this.#endAll();
  }

  /** Pages come through and live connections do not, as with some offices' proxies. */
  cutLive(): void {
    this.#passes = 'pages';
    this.#endAll();
  }

  mend(): void {
    this.#passes = 'everything';
  }

  close(): void {
    this.cut();
    this.#listening.close();
  }

  #carry(socket: Socket, to: number): void {
    this.#watch(socket);
    if (this.#passes === 'nothing') return void socket.destroy();
    socket.once('data', (first) => {
      const live = first.toString('latin1').startsWith('GET /ws');
      if (this.#passes === 'nothing' || (live && this.#passes === 'pages')) return void socket.destroy();
      const far = this.#watch(connect(to, '127.0.0.1'));
      far.write(first);
      socket.pipe(far).pipe(socket);
      socket.once('close', () => far.destroy());
      far.once('close', () => socket.destroy());
    });
  }

  #watch(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // An end that comes as an error is an end.
    return socket.on('error', () => socket.destroy());
  }

  #endAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
