// Looking at what goes over the wire, and a handshake by hand.

import { randomBytes } from 'node:crypto';
import https from 'node:https';
import tls from 'node:tls';

import { Record, within } from './wait.js';

/** Every HTTPS answer that the SDK gets in this process: `{method, path, sent, status, headers}`. */
export const answers = new Record();

const request = https.request;
https.request = (...args) => {
  const made = request(...args);
  const note = (response) => answers.push({
    method: made.method, path: made.path, sent: made.getHeaders(), status: response.statusCode,
    headers: response.headers,
  });
  made.prependListener('response', note);
  made.prependListener('upgrade', note);
  return made;
};

/** Opens a WebSocket by hand and sends text frames in the same write; the head of the answer and what follows it. */
export async function handshake(csdsDomain, path, texts, isEnough) {
  const [host, port] = csdsDomain.split(':');
  const socket = tls.connect({ host, port: Number(port), servername: host });
  try {
    const answered = new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
      socket.on('data', (part) => {
        received = Buffer.concat([received, part]);
        if (isEnough(received.toString('latin1'))) resolve(received);
      });
    });
    const head = [
      `GET ${path} HTTP/1.1`, `Host: ${csdsDomain}`, 'Connection: Upgrade', 'Upgrade: websocket',
      'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`, '', '',
    ].join('\r\n');
    socket.once('secureConnect', () => {
      socket.write(Buffer.concat([Buffer.from(head), ...texts.map(masked)]));
    });
    return (await within(`an answer to GET ${path.split('/brand/')[0]}`, answered)).toString('latin1');
  } finally {
    socket.destroy();
  }
}

/** A short text frame as clients send it. */
function masked(text) {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error('the frame is too long for this');
  const mask = randomBytes(4);
  const hidden = payload.map((byte, index) => byte ^ mask[index % 4]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, hidden]);
}
