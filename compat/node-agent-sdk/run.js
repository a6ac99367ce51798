// Starts a development server and runs the flows with each published version of the package against it.
//
// node run.js [VERSION…]; the binary is TRUNKLINE_BIN, else ../../target/debug/trunkline.

import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { GENERATIONS } from './lib/generations.js';
import { Server } from './lib/server.js';

/** The longest all versions together may take; less than what the test runner allows, so that it shows what happened. */
const TOTAL_LIMIT = 130_000;
const end = performance.now() + TOTAL_LIMIT;

const here = fileURLToPath(new URL('.', import.meta.url));
const binary = process.env.TRUNKLINE_BIN ?? join(here, '../../target/debug/trunkline');
const known = GENERATIONS.map(({ version }) => version);
const versions = process.argv.length > 2 ? process.argv.slice(2) : known;
for (const version of versions) {
  if (!known.includes(version)) {
    console.error(`there is no version ${version}; there are ${known.join(', ')}`);
    process.exit(2);
  }
}

/** An account of its own, with an app, a skill, two agents and a manager. */
async function account(server, id) {
  await server.command('account', 'create', id);
  const manifest = join(server.dataDir, `${id}.json`);
  await writeFile(manifest, JSON.stringify({
    client_name: 'com.example.compat', description: '', enabled: true, grant_types: ['client_credentials'],
    scope: 'msg.consumer', logo_uri: '', capabilities: {},
  }));
  const on = ['--account', id];
  const app = await server.command('app', 'install', manifest, ...on);
  const skill = await server.command('skill', 'create', 'transfers', ...on);
  const users = {};
  for (const [username, role] of [['ann', 'agent'], ['bob', 'agent'], ['mona', 'manager']]) {
    const password = randomBytes(16).toString('hex');
    await server.command('user', 'create', username, '--role', role, '--password', password, ...on);
    users[username] = { username, password };
  }
  const { username, appKey, secret, accessToken, accessTokenSecret } = await server.command(
    'user', 'key', 'create', 'ann', ...on,
  );
  return {
    account: id, app, skill: skill.id, users,
    keys: { ann: { username, appKey, secret, accessToken, accessTokenSecret } },
  };
}

/** The environment of a bot: nothing but the authority to trust, and no proxy in between. */
function environment(server) {
  const kept = Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name));
  return {
    ...Object.fromEntries(kept),
    NODE_EXTRA_CA_CERTS: server.dev.ca_file,
  };
}

/** Runs the flows with one version; its counts. */
function session(server, world) {
  return new Promise((resolve) => {
    // The SDK's dependencies are old: what they use is deprecated.
    const execArgv = ['--no-deprecation'];
    const child = fork(join(here, 'session.js'), [], { env: environment(server), execArgv });
    let counts = { passed: 0, failed: 0, skipped: 0 };
    const late = setTimeout(() => {
      console.log(`FAIL ${world.version}  all together took more than ${TOTAL_LIMIT} ms`);
      child.kill('SIGKILL');
    }, Math.max(end - performance.now(), 0));
    child.on('message', (message) => {
      if (message.stop) server.terminate();
      else counts = message;
    });
    child.on('exit', (code) => {
      clearTimeout(late);
      if (code !== 0 && counts.failed === 0) counts.failed += 1;
      resolve(counts);
    });
    child.send(world);
  });
}

const total = { passed: 0, failed: 0, skipped: 0 };
const server = await Server.start(binary);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.stop().finally(() => process.exit(1)));
}
try {
  const csdsDomain = `localhost:${new URL(server.dev.https).port}`;
  for (const [index, version] of versions.entries()) {
    const world = await account(server, `2002000${index}`);
    const isLast = index === versions.length - 1;
    const counts = await session(server, { ...world, csdsDomain, version, isLast, otherAccount: server.dev.account });
    for (const name of Object.keys(total)) total[name] += counts[name];
  }
} catch (error) {
  total.failed += 1;
  console.log(`FAIL ${error.stack}`);
} finally {
  if (total.failed > 0) console.log(`--- the end of the server's log\n${server.log.split('\n').slice(-30).join('\n')}`);
  const ended = await server.stop();
  if (ended !== 0) {
    total.failed += 1;
    console.log(`FAIL the server ended with ${ended}`);
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
