#!/usr/bin/env bash
# Has MySQL's programs (mysqld, mysql, mysqldump) to hand: those on PATH, or else Debian's, of a suite
# that has them, unpacked with their libraries below FACEPLATFORM_DATA_DIR. Installs nothing and needs
# no root: nothing of the system is replaced, MariaDB's programs of the same names least of all.
# They lie in services/mysql/bin then; `make test-mysql` puts that folder at the front of PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

FOLDER="$(realpath -m "${FACEPLATFORM_DATA_DIR:-var}")/services/mysql"
SUITE=sid # no stable release of Debian has MySQL
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
STEP_SECONDS=150

is_mysql() { # program: whether it is a server that can be run, and MySQL's, not MariaDB's
    local version
    version="$("$1" --version 2>/dev/null)" && [[ "$version" != *MariaDB* ]]
}

mirror() { # the address that this machine has its Debian packages from
    local codename
    # shellcheck source=/dev/null
    codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
    apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | head -n 1
}

fetch() { # into: the packages and all they need, with lists of apt's own there, checked by Debian's key
    local apt="$1/apt" address
    if ! address="$(mirror)" || [ -z "$address" ] || [ ! -f "$KEYRING" ]; then
        echo "Put MySQL's mysqld, mysql and mysqldump on PATH: there is no Debian to have them from" >&2
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

wrap() { # program option...: a command in bin/ that runs it with the libraries it came with
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
