// A planned end of the server (spec 21 §6): 1001, so that bots come back with the same bearer. Only the last run ends it.

import assert from 'node:assert/strict';

import { Bot } from '../lib/bot.js';

export default async function shutdown(world, check) {
  if (!world.stop) return;
  await check('a server that stops closes sockets with 1001', async () => {
    const ann = await Bot.open(world, world.users.ann);
    await ann.work('AWAY');
    const from = ann.told.end;
    world.stop();
    const { body } = await ann.told.entry('the end', ({ name }) => name === 'closed', from);
    assert.equal(body, 1001);
    ann.sdk.dispose();
  });
}
