import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM =
  process.env.CHATTERBOX_BIN ?? resolve(import.meta.dirname, '../../../target/debug/chatterbox');
const READY_MS = 20_000;

/** The real program, on a port and a data directory of its own. */
export class Server {
  readonly address: string;
  readonly #port: number;
  readonly #data: string;
  readonly #options: string[];
  #process: ChildProcess | null = null;
  #said = '';

  private constructor(port: number, data: string, path: string) {
    this.#port = port;
    this.#data = data;
    this.address = `http://127.0.0.1:${port}`;
    this.#options = path ? ['--public-url', `${this.address}${path}/`] : [];
  }

  /** People may find it below a path. */
  static async open(path = ''): Promise<Server> {
    const server = new Server(await freePort(), await mkdtemp(join(tmpdir(), 'chatterbox-')), path);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const options = ['--listen', `127.0.0.1:${this.#port}`, '--data', this.#data, '--rate-limits', 'off'];
    this.#process = spawn(PROGRAM, ['serve', ...options, ...this.#options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4000)));
    }
    const failed = new Promise<never>((_, reject) => this.#process?.once('error', reject));
    await Promise.race([this.#ready(), failed]);
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As an administrator would. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline && this.#process?.exitCode === null) {
      const answer = await fetch(`${this.address}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((tryAgain) => setTimeout(tryAgain, 30));
    }
    throw new Error(`The server did not become ready. It said:\n${this.#said}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill(signal);
    await gone;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}
