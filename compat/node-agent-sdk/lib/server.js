// A development server of its own, on free ports and a temporary directory.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { LIMIT, within } from './wait.js';

const run = promisify(execFile);

/** The environment without the settings of another server. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TRUNKLINE_')));
}

export class Server {
  #binary;
  #child;
  #folder;
  #said = '';
  #isEnding = false;
  #ended;

  static async start(binary) {
    const server = new Server();
    server.#binary = binary;
    server.#folder = await mkdtemp(join(tmpdir(), 'trunkline-compat-'));
    server.#child = spawn(
      binary,
      ['serve', '--dev', '--data-dir', server.dataDir, '--http', '127.0.0.1:0', '--https', '127.0.0.1:0'],
      { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] },
    );
    server.#ended = new Promise((resolve) => {
      server.#child.once('exit', (code, signal) => resolve(signal ?? code));
      server.#child.once('error', (error) => resolve(error.message));
    });
    try {
      await server.#serving();
      server.dev = JSON.parse(await readFile(join(server.dataDir, 'dev.json'), 'utf8'));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get dataDir() {
    return join(this.#folder, 'data');
  }

  async #serving() {
    const ready = new Promise((resolve) => {
      this.#child.stderr.on('data', (part) => {
        // Only the end is ever of interest.
        this.#said = (this.#said + part).slice(-100_000);
        if (this.#said.includes('credentials:')) resolve('ready');
      });
    });
    const first = await within('the server to serve', Promise.race([ready, this.#ended]), 60_000);
    if (first !== 'ready') throw new Error(`the server ended with ${first}:\n${this.#said}`);
  }

  /** What the server wrote last. */
  get log() {
    return this.#said;
  }

  /** Runs a command against it; the JSON it prints. */
  async command(...args) {
    const all = ['--data-dir', this.dataDir, '--format', 'json', ...args];
    const { stdout } = await run(this.#binary, all, { env: environment(), timeout: LIMIT });
    return JSON.parse(stdout);
  }

  /** Asks it to end, once: a second signal would cut off what it still answers. */
  terminate() {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#child.kill('SIGTERM');
  }

  /** Ends it, in any case, and removes its directory. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.terminate();
      await within('the server to end', this.#ended).catch(() => this.#child.kill('SIGKILL'));
    }
    await rm(this.#folder, { recursive: true, force: true });
    return this.#ended;
  }
}
