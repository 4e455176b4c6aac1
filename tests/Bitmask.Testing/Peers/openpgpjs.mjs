// One request as JSON on standard input, one answer as JSON on standard output; octets are base64. The library's path is the first argument.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const openpgp = await import(pathToFileURL(process.argv[2]).href);
const request = JSON.parse(readFileSync(0, 'utf8'));
const octets = text => Uint8Array.from(Buffer.from(text, 'base64'));
const base64 = data => Buffer.from(data).toString('base64');
const date = new Date(request.time * 1000);
const config = {
  aeadProtect: Boolean(request.mode),
  preferredAEADAlgorithm: request.mode ? openpgp.enums.aead[request.mode] : undefined,
  s2kType: request.argon2 ? openpgp.enums.s2k.argon2 : openpgp.enums.s2k.iterated,
  v6Keys: Boolean(request.v6),
  ignoreSEIPDv2FeatureFlag: Boolean(request.mode),
};
const known = Object.fromEntries(Object.entries(config).filter(([name, value]) => name in openpgp.config && value !== undefined));
const publicKeys = armored => Promise.all((armored ?? []).map(armoredKey => openpgp.readKey({ armoredKey })));
const secretKeys = armored => Promise.all((armored ?? []).map(armoredKey => openpgp.readPrivateKey({ armoredKey })));
const signatures = async list => Promise.all(list.map(signature => signature.verified.then(() => 'good', error => String(error.message))));

const acts = {
  async generate() {
    const { privateKey, publicKey } = await openpgp.generateKey({ type: request.type ?? 'ecc', curve: request.type ? undefined : request.curve ?? 'curve25519Legacy', userIDs: [{ email: request.address }], date, config: known });
    return { secret: privateKey, public: publicKey };
  },
  async lock() {
    const privateKey = await openpgp.readPrivateKey({ armoredKey: request.secret });
    return { secret: (await openpgp.encryptKey({ privateKey, passphrase: request.passphrase, config: known })).armor() };
  },
  async unlock() {
    const privateKey = await openpgp.readPrivateKey({ armoredKey: request.secret });
    return { secret: (await openpgp.decryptKey({ privateKey, passphrase: request.passphrase })).armor() };
  },
  async inspect() {
    const key = await openpgp.readKey({ armoredKey: request.public });
    const expires = await key.getExpirationTime();
    const usable = await key.getEncryptionKey(undefined, date).then(found => found.getKeyID().toHex(), error => String(error.message));
    return { revoked: await key.isRevoked(undefined, undefined, date), expires: expires instanceof Date ? expires.getTime() / 1000 : null, encryptsTo: usable, subkeys: key.getSubkeys().length, users: key.getUserIDs() };
  },
  async encrypt() {
    const message = await openpgp.createMessage({ binary: octets(request.data) });
    const encrypted = await openpgp.encrypt({
      message, date, config: known, format: 'binary', wildcard: Boolean(request.hidden),
      encryptionKeys: await publicKeys(request.to), signingKeys: await secretKeys(request.signers), passwords: request.passphrases ?? [],
    });
    return { message: base64(encrypted) };
  },
  async decrypt() {
    const message = await openpgp.readMessage({ binaryMessage: octets(request.message) });
    const opened = await openpgp.decrypt({
      message, date, config: known, format: 'binary', decryptionKeys: await secretKeys(request.keys),
      passwords: request.passphrases?.length ? request.passphrases : undefined, verificationKeys: await publicKeys(request.from),
    });
    return { data: base64(opened.data), signatures: await signatures(opened.signatures) };
  },
  async sign() {
    const signingKeys = await secretKeys(request.signers);
    if (request.cleartext) {
      const message = await openpgp.createCleartextMessage({ text: request.cleartext });
      return { text: await openpgp.sign({ message, signingKeys, date, config: known }) };
    }
    const message = await openpgp.createMessage({ binary: octets(request.data) });
    return { message: base64(await openpgp.sign({ message, signingKeys, date, config: known, format: 'binary', detached: Boolean(request.detached) })) };
  },
  async verify() {
    const verificationKeys = await publicKeys(request.from);
    if (request.cleartext) {
      const message = await openpgp.readCleartextMessage({ cleartextMessage: request.cleartext });
      const read = await openpgp.verify({ message, verificationKeys, date, config: known });
      return { text: read.data, signatures: await signatures(read.signatures) };
    }
    const message = request.signature ? await openpgp.createMessage({ binary: octets(request.data) }) : await openpgp.readMessage({ binaryMessage: octets(request.message) });
    const signature = request.signature ? await openpgp.readSignature({ armoredSignature: request.signature }) : undefined;
    const read = await openpgp.verify({ message, signature, verificationKeys, date, config: known, format: 'binary' });
    return { data: base64(read.data), signatures: await signatures(read.signatures) };
  },
};
process.stdout.write(JSON.stringify(await acts[request.act]()));
