/** A list that did not change for so many pictures has found its place. */
const STILL_FRAMES = 3;
/** After so many it is shown as it is. */
const FRAMES_MAX = 40;

/** Shows a list when its rows are measured and stand where they stay: nobody sees them look for their places. */
export function settle(list: HTMLElement): () => void {
  let before = '';
  let still = 0;
  let frames = 0;
  let next = requestAnimationFrame(look);
  list.style.visibility = 'hidden';

  function look() {
    const measuring = list.querySelector('[style*="visibility: hidden"]') !== null;
    const now = `${list.scrollHeight} ${list.scrollTop}`;
    still = now === before && !measuring ? still + 1 : 0;
    before = now;
    frames += 1;
    if (still < STILL_FRAMES && frames < FRAMES_MAX) next = requestAnimationFrame(look);
    else list.style.visibility = '';
  }

  return () => cancelAnimationFrame(next);
}
