// Write wecom-crypto-npm.json: callbacks as the npm package @wecom/crypto encrypts and signs them.
// Run in an empty folder: npm install @wecom/crypto && node <checkout>/tests/vectors/make_wecom_crypto.mjs

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'index.js'));
const { encrypt, getSignature } = require('@wecom/crypto');
const { version } = JSON.parse(readFileSync('node_modules/@wecom/crypto/package.json', 'utf8'));

const token = 'npmToken8';
const canonicalKey = 'zyx9876543210abcdefghijKLMNOPQRSTUVWXYZabcE';
const oddKey = 'zyx9876543210abcdefghijKLMNOPQRSTUVWXYZabcH';
const corpid = 'wwtestcorp000002';

const cases = [
  ['short', corpid, canonicalKey, 'x'],
  ['empty message', corpid, canonicalKey, ''],
  ['pad 32', corpid, canonicalKey, 'x'.repeat(60)],
  ['pad 1', corpid, canonicalKey, 'x'.repeat(59)],
  ['pad 17', corpid, canonicalKey, 'x'.repeat(43)],
  ['Chinese', corpid, canonicalKey, '<xml><Content><![CDATA[你好，世界 𠮷]]></Content></xml>'],
  ['end of CDATA inside', corpid, canonicalKey, '<xml><Content>a]]&gt;b ]]> c</Content></xml>'],
  ['20 kB', corpid, canonicalKey, `<xml>${'客户 0123456789 '.repeat(1150)}</xml>`],
  ['empty receiveid', '', canonicalKey, '<xml><MsgType>text</MsgType></xml>'],
  ['JSON', '', canonicalKey, '{"msgtype":"text","text":{"content":"你好"}}'],
  ['non-canonical key', corpid, oddKey, '<xml><Event>subscribe</Event></xml>'],
];

const vectors = cases.map(([name, receiveid, encodingAESKey, plaintext], number) => {
  const timestamp = String(1700002000 + number);
  const nonce = String(600700800 + number);
  const randomPrefix = randomBytes(16);
  const ciphertext = encrypt(encodingAESKey, plaintext, receiveid, randomPrefix);
  return {
    name,
    origin: `@wecom/crypto ${version} (npm)`,
    token,
    encoding_aes_key: encodingAESKey,
    receiveid,
    timestamp,
    nonce,
    random_prefix: randomPrefix.toString('hex'),
    ciphertext,
    signature: getSignature(token, timestamp, nonce, ciphertext),
    plaintext,
  };
});

const target = new URL('wecom-crypto-npm.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(vectors, null, 1)}\n`);
