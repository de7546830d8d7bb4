/**
 * Where the server answers: pages are one floor below what they ask, whatever path a proxy keeps for this server. A name
 * and password for that proxy may stand in the page's own address; the browser knows them, and refuses them in a call's.
 */
export function addressOf(path: string): URL {
  const address = new URL(`..${path}`, location.href);
  address.username = address.password = '';
  return address;
}
