#!/usr/bin/env bash
# Makes MariaDB and Redis answer on 127.0.0.1, for `make test-services`; with the argument `mysql`, MySQL
# and Redis, for `make test-mysql`. Uses servers that answer already, starts installed ones, installs
# missing ones (Debian, as root; MySQL: see mysql.sh). Those it starts keep their data below
# FACEPLATFORM_DATA_DIR, durable as in production, and run until they are stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

DATABASE="${1:-mariadb}"
case "$DATABASE" in
    mariadb) MYSQL_PORT="${MYSQL_PORT:-3306}" ;;
    mysql) MYSQL_PORT="${MYSQL_PORT:-3308}" ;;
    *) echo "usage: $0 [mariadb | mysql]" >&2 && exit 2 ;;
esac
REDIS_PORT="${REDIS_PORT:-6379}"
FOLDER="$(realpath -m "${FACEPLATFORM_DATA_DIR:-var}")/services"
START_SECONDS=30
INSTALL_SECONDS=150

answers() { # port: succeeds if something listens there
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

await() { # port name: waits until it answers, for START_SECONDS at most
    local deadline=$((SECONDS + START_SECONDS))
    until answers "$1"; do
        if ((SECONDS >= deadline)); then
            echo "$2 does not answer on 127.0.0.1:$1; see $FOLDER" >&2
            exit 1
        fi
        sleep 0.2
    done
}

install_packages() { # command package...: unless the command exists
    local needed="$1"
    shift
    if command -v "$needed" >/dev/null; then
        return
    fi
    if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
        echo "$needed is missing; install it (Debian: $*)" >&2
        exit 1
    fi
    echo "Installing $* ..."
    timeout "$INSTALL_SECONDS" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive timeout "$INSTALL_SECONDS" \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

start_mariadb() {
    local data="$FOLDER/mariadb"
    if [ ! -d "$data/mysql" ]; then
        mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$data" \
            --auth-root-authentication-method=normal >"$FOLDER/mariadb-install.log"
    fi
    setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$data" \
        --bind-address=127.0.0.1 --port="$MYSQL_PORT" --socket="$data/mariadb.sock" \
        --pid-file="$data/mariadb.pid" >"$FOLDER/mariadb.log" 2>&1 </dev/null &
}

start_mysql() {
    local data="$FOLDER/mysql-data" first="$FOLDER/mysql-first.sql"
    local own=(--no-defaults --user="$(id -un)" --datadir="$data")
    export PATH="$FOLDER/mysql/bin:$PATH"
    if [ ! -d "$data/mysql" ]; then
        echo "CREATE DATABASE test;" >"$first"
        mysqld "${own[@]}" --initialize-insecure --init-file="$first" >"$FOLDER/mysql-install.log" 2>&1
    fi
    # The server's defaults, except a second port and a folder that all servers of a machine share.
    setsid mysqld "${own[@]}" --mysqlx=OFF --secure-file-priv=NULL \
        --bind-address=127.0.0.1 --port="$MYSQL_PORT" --socket="$data/mysql.sock" \
        --pid-file="$data/mysql.pid" >"$FOLDER/mysql.log" 2>&1 </dev/null &
}

install_mariadb() {
    install_packages mariadbd mariadb-server
}

install_mysql() {
    scripts/mysql.sh
}

start_redis() {
    redis-server --bind 127.0.0.1 --port "$REDIS_PORT" --save "" --daemonize yes \
        --dir "$FOLDER" --logfile "$FOLDER/redis.log" >/dev/null
}

require_login() { # unless another account is given, root must be able to log in without a password
    if [ -n "${FACEPLATFORM_TEST_DATABASE:-}" ] || ! command -v mariadb >/dev/null; then
        return
    fi
    if ! mariadb --no-defaults -h127.0.0.1 -P"$MYSQL_PORT" -uroot -e 'SELECT 1' >/dev/null; then
        echo "Set FACEPLATFORM_TEST_DATABASE=mysql://user:password@127.0.0.1:$MYSQL_PORT/test to an" \
            "account that may create databases" >&2
        exit 1
    fi
}

mkdir -p "$FOLDER"
install_packages gcc gcc libc6-dev python3-dev
install_packages mariadb_config libmariadb-dev pkg-config
if ! answers "$MYSQL_PORT"; then
    "install_$DATABASE"
    # Some distributions start it upon installation.
    answers "$MYSQL_PORT" || "start_$DATABASE"
fi
if ! answers "$REDIS_PORT"; then
    install_packages redis-server redis-server
    answers "$REDIS_PORT" || start_redis
fi
await "$MYSQL_PORT" "$DATABASE"
await "$REDIS_PORT" Redis
require_login
