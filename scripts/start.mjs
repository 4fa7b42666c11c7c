/**
 * Starts the hub, founds the demo community at the first start, says how to use it, and stops everything on Ctrl-C.
 * The exit code is the hub's.
 */
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect, isIP } from 'node:net';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { plainly } from './plain-log.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const hubProgram = join(root, 'dist/apps/hub/src/main.js');
const cliProgram = join(root, 'dist/apps/cli/src/main.js');
const port = Number(process.env.LIAISON_PORT || 4680);
/** The hub itself says what is wrong with any setting. */
const portIsPossible = Number.isInteger(port) && port > 0 && port < 65536;
const host = ['0.0.0.0', '::', undefined, ''].includes(process.env.LIAISON_HOST)
  ? '127.0.0.1'
  : process.env.LIAISON_HOST;
const endsTls = Boolean(process.env.LIAISON_TLS_CERT);
const hubUrl = `${endsTls ? 'https' : 'http'}://${host}:${port}`;
const dataFolder = resolve(process.env.LIAISON_DATA ?? '.data');
/** A hub with a database of its own has a community of its own. */
const ownDatabase = Boolean(process.env.LIAISON_DATABASE_URL ?? process.env.LIAISON_DATABASE_URL_FILE);

/** People read words, programs JSON: LIAISON_LOG_FORMAT says which, `plain` or `json`; by default, a terminal gets words. */
const { LIAISON_LOG_FORMAT: logFormat, ...settings } = process.env;
const plain = logFormat ? logFormat === 'plain' : Boolean(process.stdout.isTTY);

/** Room for what lives as long as a batch: else the collector moves it about, a tenth of the hub's CPU under load. As in Dockerfile. */
const YOUNG_MEMORY = '--max-semi-space-size=32';

let hub;
let command;
let stopping = false;
let hubExit;
let demoSettings;

function say(line) {
  process.stderr.write(`${line}\n`);
}

async function main() {
  const elsewhere = foundedElsewhere();
  if (elsewhere !== undefined) {
    say(
      `The demo community in ${dataFolder} was founded with its hub at ${elsewhere}, which its roster names. Start it there, or found another: LIAISON_DATA=<another folder> LIAISON_PORT=${port} npm start`,
    );
    return 1;
  }
  if (logFormat && !['plain', 'json'].includes(logFormat)) {
    say(`LIAISON_LOG_FORMAT is plain or json, not ${JSON.stringify(logFormat)}.`);
    return 78;
  }
  if (portIsPossible && (await somebodyListens())) {
    say(
      `Port ${port} is in use. Stop what listens there (a hub left running?), or choose another port and folder: LIAISON_PORT=4690 LIAISON_DATA=.data-4690 npm start`,
    );
    return 1;
  }
  startHub();
  // A terminal that was closed takes no more lines; the hub is still to be stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stop);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  process.on('exit', () => hubExit === undefined && signalHub('SIGTERM'));
  if (await becomesReady()) await offerDemo();
  return await hubExitCode();
}

/** The hub leads its own process group: Ctrl-C reaches this script alone, and the hub is asked to stop once. */
function startHub() {
  say(`Starting the hub on ${hubUrl} ...`);
  hub = spawn(process.execPath, ['--enable-source-maps', YOUNG_MEMORY, hubProgram], {
    cwd: root,
    env: { ...settings, LIAISON_DATA: dataFolder },
    stdio: ['ignore', plain ? 'pipe' : 'inherit', 'inherit'],
    detached: process.platform !== 'win32',
  });
  if (plain) plainly(hub.stdout, (text) => process.stdout.write(text));
  hub.once('error', (error) => (hubExit = { code: 1, reason: error.message }));
  hub.once(
    'exit',
    (code, signal) =>
      (hubExit = { code: code ?? 128 + constants.signals[signal], reason: signal ?? `exit code ${code}` }),
  );
}

function stop() {
  if (stopping) return;
  stopping = true;
  say('Stopping ...');
  command?.kill('SIGTERM');
  signalHub('SIGTERM');
}

function signalHub(signal) {
  if (hubExit === undefined) hub?.kill(signal);
}

async function becomesReady() {
  for (let waited = 0; hubExit === undefined && !stopping; waited += 100) {
    if (await isReady()) return true;
    if (waited > 0 && waited % 15_000 === 0) say('The hub is still starting ...');
    await sleep(100);
  }
  return false;
}

/** Of our own child, on this machine: its certificate names the hub as others reach it. */
function isReady() {
  const { get } = endsTls ? https : http;
  return new Promise((settle) => {
    const request = get(`${hubUrl}/ready`, { rejectUnauthorized: false, timeout: 2_000 }, (answer) => {
      answer.resume();
      settle(answer.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => settle(false));
  });
}

async function offerDemo() {
  say('The hub is ready.');
  if (ownDatabase) return;
  demoSettings = wayOfDemo();
  if (demoSettings === undefined) say(NOT_NAMED);
  else await foundDemo();
  if (!stopping) say('Ctrl-C stops the hub.');
}

const NOT_NAMED = `No demo community was founded: the certificate of LIAISON_TLS_CERT names neither ${host} nor localhost. If another name of it leads to this machine: LIAISON_HUB=https://<name>:${port} LIAISON_HUB_CA=<its authorities, where Node.js does not trust them> npm run demo -- found`;

async function foundDemo() {
  const founded = existsSync(join(dataFolder, 'demo', 'ceremony', 'done.json')) || (await liaison('demo', 'found'));
  if (founded) await liaison('demo', 'how-to');
  else if (!stopping)
    say(`The demo community was not founded; the hub runs on. Try again with: ${inShell()}npm run demo -- found`);
}

/** What the demo's programs are told of the hub. @returns undefined where its certificate names no name of ours for this machine. */
function wayOfDemo() {
  if (!endsTls) return { LIAISON_HUB: hubUrl };
  const path = resolve(root, process.env.LIAISON_TLS_CERT);
  const certificate = new X509Certificate(readFileSync(path));
  const names = host === '127.0.0.1' ? [host, 'localhost'] : [host];
  const name = names.find((each) => (isIP(each) ? certificate.checkIP(each) : certificate.checkHost(each)));
  if (name === undefined && !process.env.LIAISON_HUB) return undefined;
  return {
    LIAISON_HUB: process.env.LIAISON_HUB || `https://${name}:${port}`,
    // One that signed itself is vouched for by itself alone.
    ...(certificate.checkIssued(certificate) && { LIAISON_HUB_CA: path }),
  };
}

/** Of a hub where the command line does not look for one by itself. */
function inShell() {
  if (!endsTls) return '';
  return Object.entries(demoSettings)
    .map(([name, value]) => `${name}='${value}' `)
    .join('');
}

/** Runs the command line as a user would. @returns whether it succeeded. */
function liaison(...args) {
  if (stopping || hubExit !== undefined) return Promise.resolve(false);
  return new Promise((settle) => {
    command = spawn(process.execPath, [cliProgram, ...args], {
      cwd: root,
      env: { ...demoSettings, ...process.env, LIAISON_DATA: dataFolder },
      stdio: 'inherit',
    });
    command.once('error', () => settle(false));
    command.once('exit', (code) => settle(code === 0));
  });
}

async function hubExitCode() {
  while (hubExit === undefined) await sleep(20);
  if (!stopping) {
    say(
      `The hub ended by itself (${hubExit.reason}). Its last lines above say why. Nothing acknowledged is lost: correct the cause and run npm start again.`,
    );
    return hubExit.code || 1;
  }
  return hubExit.code;
}

/** @returns where the hub of the demo community in the data folder is, where that is not here. */
function foundedElsewhere() {
  try {
    const { hub: founded } = JSON.parse(readFileSync(join(dataFolder, 'demo', 'ceremony', 'done.json'), 'utf8'));
    return typeof founded === 'string' && portOf(new URL(founded)) !== port ? founded : undefined;
  } catch {
    return undefined;
  }
}

function portOf({ port: written, protocol }) {
  return Number(written || (protocol === 'https:' ? 443 : 80));
}

function somebodyListens() {
  return new Promise((settle) => {
    const socket = connect({ port, host });
    socket.once('connect', () => socket.destroy() && settle(true));
    socket.once('error', () => settle(false));
  });
}

process.exit(await main());
