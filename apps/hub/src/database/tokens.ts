/** The `pg` Pool of the application role, for SQL written by hand. TypeORM's DataSource is injected by its class. */
export const PG_POOL = Symbol('PgPool');
