// `make dev`: the pages from Vite, which reloads them by itself, and the server, built and started again
// whenever something under crates/ changes.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
/** An editor saves in several steps, and a checkout touches many files. */
const PAUSE_MS = 300;

// The pages come from Vite here, so the program is built without them: faster, and no second npm.
const env = { ...process.env, CHATTERBOX_WEB: 'stub' };
let server = null;
let timer;

function start() {
  server = spawn('cargo', ['run', '--', 'serve'], { cwd: root, env, stdio: 'inherit', detached: true });
  server.once('exit', (code) => {
    if (code) console.error('The server ended. It starts again when something under crates/ changes.');
  });
}

/** The whole group: `cargo run` does not hand a signal on to the program. */
function stop() {
  return new Promise((done) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return done();
    server.once('exit', done);
    process.kill(-server.pid, 'SIGTERM');
  });
}

watch(join(root, 'crates'), { recursive: true }, (_, name) => {
  if (!name || !/\.(rs|toml|sql)$/.test(name)) return;
  clearTimeout(timer);
  timer = setTimeout(() => void stop().then(start), PAUSE_MS);
});

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void stop().then(() => process.exit(0)));

start();
const pages = await createServer({ root: web, configFile: join(web, 'vite.config.ts') });
await pages.listen();
console.log(`Open ${pages.resolvedUrls?.local[0] ?? ''}chat.html`);
