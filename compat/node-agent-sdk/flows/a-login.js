// Flow (a): log in (spec 23 §3, 20).

import assert from 'node:assert/strict';

import { Bot } from '../lib/bot.js';
import { domains, fetchSoon } from '../lib/consumer.js';
import { answers } from '../lib/wire.js';

export default async function login(world, check) {
  const { account, csdsDomain } = world;
  const post = (operation, body, headers = {}) => fetchSoon(
    `https://${host}/api/account/${account}/${operation}?v=1.3`,
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
  );
  let bot;
  let host;

  await check('the Domain API lists the services of both generations, under both paths', async () => {
    for (const prefix of ['api', 'csdr']) {
      const hosts = await domains(csdsDomain, account, prefix);
      host = hosts.agentVep;
      const port = csdsDomain.split(':')[1];
      assert.ok([`localhost:${port}`, `127.0.0.1:${port}`].includes(host), `${prefix}: agentVep is ${host}`);
      for (const service of ['asyncMessagingEnt', 'facadeMsg', 'idp', 'msgHist']) {
        assert.equal(hosts[service], host, `${prefix}: ${service}`);
      }
    }
  });

  await check('a password logs in', async () => {
    bot = await Bot.open(world, world.users.ann);
    assert.match(bot.pid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(String(bot.sdk.userId), /^[0-9]+$/);
    assert.match(bot.bearer, /^[A-Za-z0-9._~-]+$/);
    assert.ok(bot.sdk.csrf);
    assert.match(bot.sdk.jar.getCookieString(`https://${host}/`), /^Session_id=[^;]+$/);
  });

  await check('both ids of a user stay the same', async () => {
    const again = await Bot.open(world, world.users.ann);
    assert.deepEqual([again.pid, again.aid], [bot.pid, bot.aid]);
    assert.notEqual(again.bearer, bot.bearer);
    await again.leave();
  });

  await check('the four values of an API key log in', async () => {
    const other = await Bot.open(world, world.keys.ann);
    assert.equal(other.pid, bot.pid);
    await other.leave();
  });

  await check('a bearer alone connects', async () => {
    const other = await Bot.open(world, { token: bot.bearer, userId: bot.sdk.userId });
    assert.ok((await other.ok('getClock', {})).currentTime);
    other.sdk.dispose();
  });

  await check('a wrong password is refused by status and body', async () => {
    const refused = await post('login', { username: 'ann', password: 'wrong' });
    assert.equal(refused.status, 401);
    assert.equal((await refused.json()).error.responseStatus, 'UNAUTHORIZED');
    const other = new Bot(world, { username: 'ann', password: 'wrong' });
    await other.told.wait('the SDK to say so', ({ name }) => name === 'error');
    assert.deepEqual(other.told.all(({ name }) => name === 'connected'), []);
    other.takeComplaints();
    other.sdk.dispose();
  });

  await check('the SDK refreshes its session', async () => {
    const from = answers.end;
    const other = await Bot.open(world, world.users.ann, { refreshSessionInterval: 50 });
    const isRefresh = ({ path }) => path === `/api/account/${account}/refresh?v=1.3`;
    const first = await answers.wait('a refresh', isRefresh, from);
    const second = await answers.entry('another refresh', isRefresh, first + 1);
    const cookie = second.sent.cookie;
    assert.equal(second.status, 200);
    assert.match(cookie, /^Session_id=./);
    const set = [second.headers['set-cookie']].flat();
    assert.ok(set.some((header) => header.startsWith(`${cookie};`)), `the session changes: ${set}`);
    assert.ok((await other.ok('getClock', {})).currentTime);
    await other.leave();
  });

  await check('a refresh has no body, and needs the csrf of its session', async () => {
    const cookie = bot.sdk.jar.getCookieString(`https://${host}/`);
    const good = await post('refresh', { csrf: bot.sdk.csrf }, { cookie });
    assert.deepEqual([good.status, await good.text()], [200, '']);
    const bad = await post('refresh', { csrf: 'another' }, { cookie });
    assert.equal(bad.status, 401);
    assert.equal((await bad.json()).error.internalCode, 10);
    assert.equal((await post('refresh', { csrf: bot.sdk.csrf })).status, 401);
  });
  await bot?.leave();
}
