/** Owns the schema; runs migrations and nothing else. */
export const OWNER_ROLE = 'liaison_owner';
/** What the hub works as: the rights that each migration grants it, table by table. */
export const APP_ROLE = 'liaison_app';
