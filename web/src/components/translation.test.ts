// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AST, parse } from 'svelte/compiler';
import { expect, test } from 'vitest';

interface Place {
  /** Within `{#key}`, or where no translator comes. */
  safe: boolean;
  /** In an element of this file, which goes away with its text. */
  boxed: boolean;
}

/** What a reader could be shown that is no longer so, once a translator has put its own elements in the place of text. */
function stale(file: string): string[] {
  const found: string[] = [];
  const walk = (node: AST.Fragment | AST.TemplateNode, place: Place): void => {
    const inside = (fragment: AST.Fragment | null | undefined, now = place) => {
      for (const child of fragment?.nodes ?? []) walk(child, now);
    };
    const gone = { ...place, boxed: false };
    switch (node.type) {
      case 'Fragment':
        return inside(node);
      case 'RegularElement':
        return inside(node.fragment, { safe: place.safe || keepsOut(node), boxed: true });
      case 'KeyBlock':
        return inside(node.fragment, { safe: true, boxed: false });
      case 'IfBlock':
        return [node.consequent, node.alternate].forEach((fragment) => inside(fragment, gone));
      case 'EachBlock':
        return inside(node.body, gone);
      case 'SnippetBlock':
        return inside(node.body, gone);
      case 'Component':
        return inside(node.fragment, { ...place, boxed: true });
      case 'ExpressionTag':
        if (!place.safe) found.push(`${file}: a text that changes is no <Words>: ${source(file, node)}`);
        return;
      case 'Text':
        if (!place.boxed && !place.safe && node.data.trim())
          found.push(`${file}: a text that comes and goes has no element: ${node.data.trim()}`);
    }
  };
  walk(parse(readFileSync(file, 'utf8'), { modern: true }).fragment, { safe: false, boxed: false });
  return found;
}

/** Names, times and what is being written are nothing to translate. */
function untranslated(file: string): string[] {
  const tags = readFileSync(file, 'utf8').match(/<(?:bdi|time|textarea)\b(?:[^>{]|\{[^}]*\}|=>)*>/g) ?? [];
  const prose = /<time datetime=\{dayOf\(/;
  return tags
    .filter((tag) => !tag.includes('translate="no"') && !prose.test(tag))
    .map((tag) => `${file}: ${tag}`);
}

function keepsOut(element: AST.RegularElement): boolean {
  return element.attributes.some(
    (attribute) => attribute.type === 'Attribute' && attribute.name === 'translate',
  );
}

function source(file: string, { start, end }: { start: number; end: number }): string {
  return readFileSync(file, 'utf8').slice(start, end);
}

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.svelte'))
  .map((name) => join(import.meta.dirname, name));

test('whoever translates a page leaves no text in it that is not so any more', () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.flatMap(stale)).toEqual([]);
});

test('names, times and what is being written are not translated', () => {
  expect(files.flatMap(untranslated)).toEqual([]);
});
