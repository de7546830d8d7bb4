/** Letters that look like those of the Latin alphabet in most fonts, once they are small; and what each looks like. */
const LIKE = new Map(
  Object.entries({
    a: 'аɑα',
    b: 'ЬьƄ',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еҽ',
    g: 'ɡց',
    h: 'һհ',
    i: 'іıɩιӏ1l|',
    j: 'јϳ',
    k: 'кκ',
    m: 'м',
    n: 'пո',
    o: 'оοօ0σ',
    p: 'рρ',
    q: 'ԛզ',
    r: 'г',
    s: 'ѕ',
    t: 'тτ',
    u: 'υսʋ',
    v: 'ѵν',
    w: 'ԝѡ',
    x: 'хχ',
    y: 'уүγ',
    z: 'ᴢ',
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
);

/** What two names have in common that look the same, but for accents, case, width, and spaces. */
export const lookOf = (name: string) =>
  [...name.normalize('NFKC').toLowerCase().normalize('NFKD')]
    .filter((char) => !/[\s\p{Cf}\p{Mn}]/u.test(char))
    .map((char) => LIKE.get(char) ?? char)
    .join('')
    .replaceAll('rn', 'm');
