/** The version in package.json; a test compares. */
export const HUB_VERSION = '0.1.0';
