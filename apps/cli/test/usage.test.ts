import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { liaison } from './capture.js';

describe('liaison --help', () => {
  it('teaches with examples and tells the exit codes', async () => {
    const { exitCode, text } = await liaison(['--help']);
    expect(exitCode).toBe(0);
    expect(text).toContain('liaison --as hu inbox');
    expect(text).toContain('Exit codes:');
    for (const command of [
      'demo',
      'whoami',
      'inbox',
      'read',
      'ack',
      'send',
      'watch',
      'channels',
      'members',
      'outbox',
      'sync',
      'alarms',
    ])
      expect(text).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  it('tells the options of a command', async () => {
    const { exitCode, text } = await liaison(['send', '--help']);
    expect(exitCode).toBe(0);
    expect(text).toContain('--handling <codes>');
    expect(text).toContain('Examples:');
  });

  it('is shown where no command is given, as a misuse', async () => {
    const { exitCode, remarks } = await liaison([]);
    expect(exitCode).toBe(2);
    expect(remarks).toContain('Commands:');
  });
});

describe('a wrong command', () => {
  it.each([
    ['an unknown command', ['gossip'], 'unknown command'],
    ['an unknown option', ['inbox', '--loud'], 'unknown option'],
    ['no profile', ['inbox'], 'Whose device is this?'],
    ['a contact point that is none', ['--as', '../bg', 'inbox'], '--as takes a contact point'],
    ['a count that is none', ['--as', 'bg', 'watch', '--records', 'many'], '--records takes a number'],
  ])('with %s ends with 2 and says what to do', async (_what, argv, words) => {
    const { exitCode, remarks, lines } = await liaison(argv);
    expect(exitCode).toBe(2);
    expect(remarks).toContain(words);
    expect(lines).toEqual([]);
  });

  it('answers in JSON where JSON was asked for', async () => {
    const transcript = await liaison(['inbox', '--json']);
    expect(transcript.exitCode).toBe(2);
    expect(transcript.json()).toEqual({ error: { code: 'usage', message: expect.stringContaining('Whose device') } });
  });

  it('says where there is no profile, and how to get one', async () => {
    const transcript = await liaison(['--as', 'bg', 'inbox'], {
      variables: { LIAISON_DATA: '/nowhere', LIAISON_PASSPHRASE: 'x' },
    });
    expect(transcript.exitCode).toBe(3);
    expect(transcript.remarks).toContain('liaison demo found');
  });

  it('does not let an argument forge the error', async () => {
    const { remarks } = await liaison(['\u001b[2Jinbox']);
    expect(remarks).not.toContain('\u001b');
  });
});

describe('demo', () => {
  it('explains how to be two countries', async () => {
    const { exitCode, text } = await liaison(['demo', 'how-to']);
    expect(exitCode).toBe(0);
    expect(text).toContain('--as hu watch');
  });

  it('refuses a scenario that is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'liaison-cli-'));
    const path = join(folder, 'x.json');
    await writeFile(path, '{"kind":"gossip"}');
    const { exitCode, remarks } = await liaison(['demo', path]);
    await rm(folder, { recursive: true });
    expect(exitCode).toBe(2);
    expect(remarks).toContain('is not a scenario');
  });

  it('says that the hub cannot be reached, and ends with 5', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'liaison-cli-'));
    const { exitCode, remarks } = await liaison(['demo', 'found', '--hub', 'http://127.0.0.1:9'], {
      variables: { LIAISON_DATA: folder },
    });
    await rm(folder, { recursive: true });
    expect(remarks).not.toBe('');
    expect(exitCode).toBe(5);
  });
});

describe('completion', () => {
  it('knows the commands', async () => {
    expect((await liaison(['completion'])).text).toContain('inbox');
  });
});
