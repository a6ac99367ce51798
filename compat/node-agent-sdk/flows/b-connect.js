// Flow (b): connect (spec 23 §4, 21 §1, §5).

import assert from 'node:assert/strict';

import { Bot } from '../lib/bot.js';
import { Record } from '../lib/wait.js';
import { answers, handshake } from '../lib/wire.js';

export default async function connect(world, check) {
  const { account, csdsDomain } = world;
  let bot;

  await check('the first requests are answered in order, each snapshot after its answer', async () => {
    const from = answers.end;
    bot = new Bot(world, world.users.ann);
    const told = [];
    const pongs = new Record();
    const opened = new Promise((resolve) => {
      bot.sdk.on('connected', () => {
        // As the sample bot: at once, none waits for another.
        bot.sdk.transport.ws.on('pong', () => pongs.push('pong'));
        told.push(bot.ok('setAgentState', { availability: 'AWAY' }));
        told.push(bot.ok('subscribeExConversations', { agentIds: [bot.pid], convState: ['OPEN'] }));
        told.push(bot.ok('subscribeRoutingTasks', {}));
        told.push(bot.ok('subscribeAgentsState', {}));
        resolve();
      });
    });
    await bot.told.wait('the SDK to connect', ({ name }) => name === 'connected' || name === 'error');
    await opened;
    const [state, conversations, rings, states] = await Promise.all(told);
    assert.equal(state, 'Agent state updated successfully');
    const responses = bot.frames.all(({ kind }) => kind === 'resp');
    assert.deepEqual(responses.map(({ code, type }) => [code, type]), [
      [202, '.ReqBody$StringResp'], [200, '.ams.aam.SubscribeExConversations$Response'],
      [200, '.ams.GenericSubscribe$Response'], [200, '.ams.GenericSubscribe$Response'],
    ]);
    for (const [subscribed, type] of [
      [conversations, '.ams.aam.ExConversationChangeNotification'],
      [rings, '.ams.routing.RoutingTaskNotification'],
      [states, '.ams.routing.AgentStateNotification'],
    ]) {
      const { subscriptionId } = subscribed;
      const isAnswer = ({ kind, body }) => kind === 'resp' && body.subscriptionId === subscriptionId;
      const answer = await bot.frames.wait('the answer', isAnswer);
      const isSnapshot = ({ kind, body }) => kind === 'notification' && body.subscriptionId === subscriptionId;
      const snapshot = await bot.frames.wait(`a first ${type}`, isSnapshot);
      assert.ok(snapshot > answer, `${type} comes before the answer`);
      assert.equal(bot.frames.entries[snapshot].type, type);
      if (subscribed !== states) assert.deepEqual(bot.frames.entries[snapshot].body.changes, []);
    }
    await pongs.wait('the pong to the SDK\'s first ping', () => true);
    const upgrade = answers.all(({ status }) => status === 101, from).at(-1);
    assert.equal(upgrade.path, `/ws_api/account/${account}/messaging/brand/${bot.bearer}`
      + `?v=${world.generation.apiVersion}`);
    assert.equal(upgrade.headers['sec-websocket-protocol'], undefined);
  });

  await check('the clock is told, asked with or without a callback', async () => {
    const from = bot.frames.end;
    bot.sdk.getClock({});
    const { currentTime } = await bot.ok('getClock', {});
    assert.ok(Number.isInteger(currentTime) && currentTime > 1_600_000_000_000, String(currentTime));
    assert.equal(bot.frames.all(({ kind }) => kind === 'resp', from).length, 2);
  });

  await check('an availability is told to subscribers', async () => {
    const from = bot.told.end;
    await bot.ok('setAgentState', { availability: 'OCCUPIED' });
    const isTold = ({ name, body }) => name === 'routing.AgentStateNotification'
      && body.changes.some(({ result }) => result.availability === 'OCCUPIED');
    await bot.told.wait('the availability', isTold, from);
  });

  await check('numbers as ids are answered as strings', async () => {
    const answer = await bot.raw('.GetClock', {}, 7);
    assert.equal(answer.reqId, '7');
  });

  await check('a bot whose account id is a number works as well', async () => {
    const other = await Bot.open(world, world.users.bob, { accountId: Number(account) });
    await other.work('AWAY');
    await other.ok('subscribeAgentsState', {});
    await other.leave();
  });

  await check('a frame that cannot be read ends nothing', async () => {
    const from = bot.frames.end;
    bot.sdk.transport.ws.send('{"kind":');
    bot.sdk.transport.ws.send('[]');
    await bot.ok('getClock', {});
    assert.equal(bot.frames.all(() => true, from).length, 1);
  });

  await check('a bad bearer is refused by 401', async () => {
    const other = new Bot(world, { token: 'a'.repeat(64), userId: bot.sdk.userId });
    await other.told.wait('the SDK to say so', ({ name }) => name === 'error');
    await other.told.wait('the end', ({ name, body }) => name === 'closed' && body === 1006);
    assert.match(other.takeComplaints().join(), /401/);
    other.sdk.dispose();
    const path = `/ws_api/account/${world.otherAccount}/messaging/brand/${bot.bearer}?v=2.1`;
    const foreign = await handshake(csdsDomain, path, [], (text) => text.includes('\r\n\r\n'));
    assert.match(foreign, /^HTTP\/1\.1 401 /);
  });

  await check('requests may come in the same segment as the handshake', async () => {
    const path = `/ws_api/account/${account}/messaging/brand/${bot.bearer}?v=2.1`;
    const first = JSON.stringify({ kind: 'req', id: 'early-1', type: '.GetClock', body: {} });
    const second = JSON.stringify({ kind: 'req', id: 'early-2', type: '.GetClock', body: {} });
    const answer = await handshake(csdsDomain, path, [first, second], (text) => text.includes('early-2'));
    assert.match(answer, /^HTTP\/1\.1 101 /);
    assert.ok(!/^sec-websocket-protocol:/im.test(answer), 'a subprotocol is named');
    assert.ok(answer.indexOf('early-1') > 0 && answer.indexOf('early-1') < answer.indexOf('early-2'));
  });
  await bot?.leave();
}
