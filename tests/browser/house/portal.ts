import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server as Listening,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Server } from './server.ts';

/** What a network says in the server's place. */
export interface Instead {
  status: number;
  type?: string;
  location?: string;
  body?: string;
}

/** The way to the server through a network that may answer every call itself, as a hotel's does until one signs in. */
export class Portal {
  readonly address: string;
  readonly #listening: Listening;
  readonly #to: number;
  readonly #sockets = new Set<Duplex>();
  #instead: Instead | null = null;

  private constructor(listening: Listening, to: number) {
    this.#listening = listening;
    this.#to = to;
    this.address = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    listening.on('request', (asked, answer) => this.#answer(asked, answer));
    listening.on('upgrade', (asked, socket, first) => this.#carry(asked, socket, first));
  }

  static async open(server: Server): Promise<Portal> {
    const listening = createServer().listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return new Portal(listening, Number(new URL(server.address).port));
  }

  /** From now on every call and every socket gets this; the pages themselves still come. */
  answers(instead: Instead): void {
    this.#instead = instead;
    this.#endSockets();
  }

  letsThrough(): void {
    this.#instead = null;
  }

  close(): void {
    this.#endSockets();
    this.#listening.closeAllConnections();
    this.#listening.close();
  }

  #answer(asked: IncomingMessage, answer: ServerResponse): void {
    if (this.#instead && !asked.url?.startsWith('/ui/')) {
      const { status, type, location, body } = this.#instead;
      asked.resume();
      answer.writeHead(status, {
        ...(type && { 'Content-Type': type }),
        ...(location && { Location: location }),
      });
      return void answer.end(body);
    }
    const { method, url: path, headers } = asked;
    const far = request({ host: '127.0.0.1', port: this.#to, method, path, headers }, (said) => {
      answer.writeHead(said.statusCode ?? 500, said.headers);
      said.pipe(answer);
    });
    far.on('error', () => answer.destroy());
    asked.pipe(far);
  }

  #carry(asked: IncomingMessage, socket: Duplex, first: Buffer): void {
    this.#watch(socket);
    if (this.#instead) {
      const { status, body = '' } = this.#instead;
      return void socket.end(`HTTP/1.1 ${status} Instead\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
    const far: Socket = connect(this.#to, '127.0.0.1');
    this.#watch(far);
    const lines = asked.rawHeaders.map((text, at) => (at % 2 ? `${text}\r\n` : `${text}: `));
    far.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    far.write(first);
    socket.pipe(far).pipe(socket);
    socket.once('close', () => far.destroy());
    far.once('close', () => socket.destroy());
  }

  #watch(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  #endSockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
