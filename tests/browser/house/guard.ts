import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type Server } from './server.ts';

const READY_MS = 10_000;

/** A real nginx in front of the server, which asks everybody for a name and a password of its own. */
export class Guard {
  readonly address: string;
  readonly credentials = { username: 'members', password: 'come-in' };
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, directory: string) {
    this.address = `http://127.0.0.1:${port}`;
    this.#directory = directory;
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    const options = ['-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')];
    this.#process = spawn('nginx', options, { env, stdio: 'ignore' });
  }

  static async open(server: Server): Promise<Guard> {
    const [port, directory] = [await freePort(), await mkdtemp(join(tmpdir(), 'chatterbox-guard-'))];
    await writeFile(join(directory, 'passwords'), 'members:{PLAIN}come-in\n');
    await writeFile(join(directory, 'nginx.conf'), configuration(port, server.address, directory));
    const guard = new Guard(port, directory);
    await guard.#listens(port);
    return guard;
  }

  async close(): Promise<void> {
    const gone = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.kill()) await gone;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #listens(port: number): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline && this.#process.exitCode === null) {
      const socket = connect(port, '127.0.0.1');
      const open = await once(socket, 'connect').catch(() => null);
      socket.destroy();
      if (open) return;
      await new Promise((tryAgain) => setTimeout(tryAgain, 20));
    }
    throw new Error('nginx did not start.');
  }
}

/** As docs/operating.md has it, without TLS, and with what a proxy of one process needs that nobody has installed. */
function configuration(port: number, server: string, directory: string): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  return `daemon off; master_process off; pid nginx.pid; error_log stderr crit;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off;
  ${folders.join(' ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port};
    auth_basic Members;
    auth_basic_user_file ${join(directory, 'passwords')};
    location / {
      proxy_pass ${server};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`;
}
