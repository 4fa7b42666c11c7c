#!/bin/sh
# Runs once in the PostgreSQL container, when its volume is empty: the roles and the database of the hub.
# Each role's password is the one in its connection string.
set -eu

password_in() {
  sed -E 's#^postgresql://[^:]+:([^@]+)@.*$#\1#' "$1"
}

psql --username="$POSTGRES_USER" --dbname=postgres --no-password --set=ON_ERROR_STOP=1 \
  --set=owner_password="$(password_in /run/secrets/database-owner-url)" \
  --set=app_password="$(password_in /run/secrets/database-url)" <<'SQL'
CREATE ROLE liaison_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE liaison_app LOGIN PASSWORD :'app_password';
CREATE DATABASE liaison OWNER liaison_owner;
REVOKE ALL ON DATABASE liaison FROM PUBLIC;
GRANT CONNECT ON DATABASE liaison TO liaison_app;
SQL
