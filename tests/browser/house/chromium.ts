const own = process.env.CHROMIUM_PATH;

/** Without a window, tabs and menus of its own, so that the processor is the pages'. */
export const HEADLESS_SHELL = own ?? '/usr/bin/chromium-headless-shell';

/** The one that reads a profile. */
export const WHOLE_BROWSER = own ?? '/usr/bin/chromium';
