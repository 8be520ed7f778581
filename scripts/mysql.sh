#!/usr/bin/env bash
# Provides MySQL's programs (mysqld, mysql, mysqldump): those on PATH, or else Debian's, from a suite
# that has them, unpacked with their libraries below FACEPLATFORM_DATA_DIR. Installs nothing and needs
# no root: it replaces nothing of the system, least of all MariaDB's programs of the same names.
# They are then in services/mysql/bin; `make test-mysql` puts that folder at the front of PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

FOLDER="$(realpath -m "${FACEPLATFORM_DATA_DIR:-var}")/services/mysql"
SUITE=sid # no stable release of Debian has MySQL
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
STEP_SECONDS=150

is_mysql() { # program: succeeds if it is a server that runs, and MySQL's, not MariaDB's
    local version
    version="$("$1" --version 2>/dev/null)" && [[ "$version" != *MariaDB* ]]
}

mirror() { # prints the address of this machine's Debian packages
    local codename
    # shellcheck source=/dev/null
    codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
    apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | head -n 1
}

fetch() { # folder: downloads the packages and their dependencies, checked by Debian's key
    local apt="$1/apt" address
    if ! address="$(mirror)" || [ -z "$address" ] || [ ! -f "$KEYRING" ]; then
        echo "Put MySQL's mysqld, mysql and mysqldump on PATH: there is no Debian to get them from" >&2
        exit 1
    fi
    mkdir -p "$apt"/{preferences.d,lists/partial,archives/partial}
    touch "$apt/status"
    echo "deb [signed-by=$KEYRING] $address $SUITE main" >"$apt/sources.list"
    local options=(-qq -o "Dir::Etc=$apt" -o Dir::Etc::sourceparts=- -o "Dir::State=$apt"
        -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt" -o "APT::Sandbox::User=$(id -un)"
        -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Update::Error-Mode=any
        -o APT::Install-Recommends=false)
    timeout "$STEP_SECONDS" apt-get "${options[@]}" update
    timeout "$STEP_SECONDS" apt-get "${options[@]}" install -y --download-only \
        mysql-server-core mysql-client-core >/dev/null
}

unpack() { # folder
    local package
    for package in "$1"/apt/archives/*.deb; do
        dpkg -x "$package" "$1/root"
    done
    rm -r "$1/apt"
}

wrap() { # program option...: makes a command in bin/ that runs it with its own libraries
    local root="$FOLDER/root" program loader
    program="$(cd "$root" && ls usr/*bin/"$1")"
    loader="$(cd "$root" && ls usr/lib/*/ld-linux-*.so.*)"
    mkdir -p "$FOLDER/bin"
    {
        echo "#!/bin/sh"
        echo "exec '$root/$loader' --library-path '$root/${loader%/*}'" \
            "--argv0 '$root/$program' '$root/$program' \"\$@\" ${*:2}"
    } >"$FOLDER/bin/$1"
    chmod +x "$FOLDER/bin/$1"
}

if is_mysql mysqld || is_mysql "$FOLDER/bin/mysqld"; then
    exit
fi
echo "Fetching MySQL (66 MB) ..."
part="$FOLDER.part"
rm -rf "$part" "$FOLDER"
fetch "$part"
unpack "$part"
mv "$part" "$FOLDER"
wrap mysql
wrap mysqldump
wrap mysqld "'--basedir=$FOLDER/root/usr'"
is_mysql "$FOLDER/bin/mysqld"
