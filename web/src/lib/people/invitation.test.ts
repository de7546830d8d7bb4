import { beforeEach, expect, test, vi } from 'vitest';
import { invitation } from './invitation';

beforeEach(
  () => void vi.stubGlobal('location', new URL('http://me:secret@192.0.2.7:8000/team/ui/chat.html')),
);

test('the address that is handed out is the public one, or the one that the page was opened by', () => {
  expect(invitation('https://chat.example.org/')).toEqual({
    address: 'https://chat.example.org/',
    local: false,
  });
  expect(invitation(undefined)).toEqual({ address: 'http://192.0.2.7:8000/team/', local: false });
});

test('an address that no other machine can open is known as such', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:8000',
    'chat.localhost',
    '127.0.0.1:8000',
    '127.1.2.3',
    '[::1]:1',
  ])
    expect(invitation(`http://${host}/`).local, host).toBe(true);
  for (const host of [
    'localhost.example.org',
    '127.0.0.1.example.org',
    'notlocalhost',
    '[2001:db8::1]',
    '10.0.0.1',
  ])
    expect(invitation(`https://${host}/`).local, host).toBe(false);
});
