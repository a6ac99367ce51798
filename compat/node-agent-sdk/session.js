// All flows with one version of the package, in a process of its own: what crashes the SDK ends here.

import { once } from 'node:events';
import assert from 'node:assert/strict';

import './lib/wire.js';
import { Checks } from './lib/checks.js';
import { GENERATIONS, load } from './lib/generations.js';
import login from './flows/a-login.js';
import connect from './flows/b-connect.js';
import newConversation from './flows/c-new-conversation.js';
import ring from './flows/d-ring.js';
import messages from './flows/e-messages.js';
import transfer from './flows/f-transfer.js';
import close from './flows/g-close.js';
import shutdown from './flows/shutdown.js';

const [world] = await once(process, 'message');
const generation = GENERATIONS.find(({ version }) => version === world.version);
const checks = new Checks(generation.version.padEnd(6));

const finish = () => {
  const { passed, failed, skipped } = checks;
  process.send({ passed, failed, skipped }, () => process.exit(failed > 0 ? 1 : 0));
};
for (const cause of ['uncaughtException', 'unhandledRejection']) {
  process.on(cause, (error) => {
    checks.fail('the process did not crash', error);
    finish();
  });
}

const Agent = await load(generation.version);
for (const [name, flow] of [
  ['a log in', login], ['b connect', connect], ['c new conversation', newConversation], ['d ring', ring],
  ['e messages', messages], ['f transfer', transfer], ['g close', close], ['shutdown', shutdown],
]) {
  if (flow === shutdown && !world.isLast) continue;
  const here = { ...world, Agent, generation, bots: [] };
  if (world.isLast) here.stop = () => process.send({ stop: true });
  await checks.flow(name, (check) => flow(here, check), () => {
    assert.deepEqual(here.bots.flatMap(({ troubles }) => troubles), []);
  });
  // What a failed check left connected must not take the rings of the next flow.
  for (const bot of here.bots) {
    if (bot.sdk.connected) await bot.leave().catch(() => bot.sdk.dispose());
  }
}
finish();
