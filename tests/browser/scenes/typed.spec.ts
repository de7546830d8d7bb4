import { expect, test } from '../house/scene.ts';

const CORPUS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '"><svg onload=alert(3)>',
  '<iframe srcdoc="<script>alert(4)</script>"></iframe>',
  '<a href="javascript:alert(5)">press</a>',
  'javascript:alert(6)',
  'JaVaScRiPt:alert(7) and data:text/html,<script>alert(8)</script>',
  '[press](javascript:alert(9))',
  '![x](x"onerror="alert(10))',
  '`</code><script>alert(11)</script>`',
  '<style>*{display:none}</style>',
  '<style>@import "//evil.example/x.css"</style>',
  '<body onload=alert(12)>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=alert(13)>',
  '<svg><animate onbegin=alert(14) attributeName=x dur=1s>',
  '<details open ontoggle=alert(15)>',
  '{{constructor.constructor("alert(16)")()}}',
  '${alert(17)}',
  '{@html "<img src=x onerror=alert(18)>"}',
  '<!--<img src="--><img src=x onerror=alert(19)>">',
  '&lt;script&gt;alert(20)&lt;/script&gt;',
  '\u003cimg src=x onerror=alert(21)\u003e',
  '<base href="//evil.example/">',
  '<meta http-equiv="refresh" content="0;url=//evil.example">',
  '<input autofocus onfocus=alert(22)>',
  "';alert(23)//",
  'https://example.org/"onmouseover="alert(24)',
  'https://example.org/<img src=x onerror=alert(25)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(26)>">',
  '<template shadowrootmode=open><script>alert(27)</script></template>',
];

test('nothing that anybody types is taken for markup', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.saysMuch(CORPUS);
  const seen = new Set<string>();
  await expect(async () => {
    for (const text of await grace.list.locator('p.text').allTextContents()) seen.add(text);
    await grace.list.evaluate((list) => list.scrollBy(0, -300));
    expect(CORPUS.filter((text) => !seen.has(text))).toEqual([]);
  }).toPass();
  await expect(grace.list.locator('script, img, iframe, style, base, meta, form, input, body')).toHaveCount(
    0,
  );
  const targets = await grace.list
    .locator('a')
    .evaluateAll((links) => links.map((a) => (a as HTMLAnchorElement).protocol));
  expect(targets.every((protocol) => protocol === 'https:')).toBe(true);
});

test('the policy of the pages refuses what it should, and the scenes would hear of it', async ({
  stranger,
  alarms,
}) => {
  await stranger.goto('/ui/login.html');
  const ran = await stranger.evaluate(() => {
    const script = document.createElement('script');
    try {
      script.textContent = 'window.ran = true';
      document.body.append(script);
    } catch {
      // Trusted types refuse even to make it.
    }
    try {
      document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran = true">');
    } catch {
      // The same.
    }
    document.body.setAttribute('style', 'display: none');
    return 'ran' in window || getComputedStyle(document.body).display === 'none';
  });
  expect(ran).toBe(false);
  await expect.poll(() => alarms.length).toBeGreaterThan(1);
  alarms.length = 0;
});

test('a name with markup in it stays a name', async ({ server, invite }) => {
  const ada = await (await invite('Ada')).enters();
  const body = JSON.stringify({
    username: '<b>Eve</b>',
    email: 'eve@example.org',
    password: 'quite a few words',
  });
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${server.address}/register`, { method: 'POST', headers, body });
  expect([200, 422]).toContain(answer.status);
  await ada.page.goto('/ui/admin.html');
  await expect(ada.page.getByRole('table')).toBeVisible();
  await expect(ada.page.locator('td b, th b')).toHaveCount(0);
});

test('addresses become links that tell the other side nothing', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('Look: https://example.org/a_(b)?c=d. Or mailto:ada@example.org!');
  const link = ada.list.getByRole('link', { name: 'https://example.org/a_(b)?c=d' });
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer');
  await expect(link).toHaveAttribute('href', 'https://example.org/a_(b)?c=d');
  await expect(ada.list.getByRole('link', { name: 'mailto:ada@example.org' })).toBeVisible();
});

test('X31: a message that turns its letters round turns nothing else', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('invoice\u202Egpj.exe');
  await ada.says('Untouched.');
  const turned = ada.list.locator('p.text').first();
  await expect(turned).toHaveCSS('unicode-bidi', /isolate|plaintext/);
  await expect(ada.list.locator('bdi', { hasText: 'Ada' }).first()).toHaveCSS('unicode-bidi', 'isolate');
  await expect(ada.message('Untouched.').locator('p.text')).toHaveCSS('direction', 'ltr');
});

test('Arabic and Hebrew run from right to left, and English beside them does not', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.says('سلام، حال شما چطور است؟');
  await ada.says('שלום לכולם');
  await ada.says('Hello to all');
  const direction = (text: string) => ada.message(text).locator('p.text');
  await expect(direction('سلام')).toHaveCSS('direction', 'rtl');
  await expect(direction('שלום')).toHaveCSS('direction', 'rtl');
  await expect(direction('Hello')).toHaveCSS('direction', 'ltr');
});

test('X34: towers, floods of lines and words without end stay in their box', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.page.setViewportSize({ width: 320, height: 568 });
  const tower = `Tower${'\u0335\u0321\u031B\u0344'.repeat(400)}`;
  const flood = `Flood${'\n'.repeat(7900)}end`;
  const word = 'w'.repeat(4000);
  for (const text of [word, flood, tower]) await ada.saysMuch([text]);
  await ada.sees('Tower');
  const box = await ada.message('Tower').locator('p.text').boundingBox();
  expect(box?.height).toBeLessThan(60);
  await expect(ada.message('Tower').locator('p.text')).toHaveCSS('overflow', 'clip');
  await ada.scrollsTo((await ada.list.evaluate((list) => list.scrollTop)) - 500);
  await ada.sees('Flood');
  const tall = await ada.message('Flood').boundingBox();
  expect(tall?.height).toBeLessThan(620);
  const sideways = () =>
    ada.page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('[role=log]')].map(
        (each) => each.scrollWidth - each.clientWidth,
      ),
    );
  expect(await sideways()).toEqual([0, 0]);
  await ada.scrollsTo(0);
  await ada.sees('wwww');
  expect(await sideways()).toEqual([0, 0]);
  // By the keyboard: a list that still finds its place may move between a mouse's going down and up.
  await ada.message('wwww').getByRole('button', { name: 'Show the whole message' }).press('Enter');
  await expect(ada.message('wwww').getByRole('button', { name: 'Show less' })).toBeVisible();
  expect(await sideways()).toEqual([0, 0]);
});
