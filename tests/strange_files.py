"""Entries of folders that are neither files nor folders, and links that lead astray."""

import os
import socket
from pathlib import Path


def link_to_the_parent(path: Path) -> None:
    path.symlink_to("..", target_is_directory=True)


def link_to_everything(path: Path) -> None:
    path.symlink_to("/", target_is_directory=True)


def link_to_a_file(path: Path) -> None:
    path.symlink_to(__file__)


def link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


def endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def named_pipe(path: Path) -> None:
    os.mkfifo(path)


def listening_socket(path: Path) -> None:
    # By a relative name: the path of a socket has room for some hundred bytes only.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


STRANGE = (
    link_to_the_parent,
    link_to_everything,
    link_to_a_file,
    link_to_nothing,
    endless_device,
    named_pipe,
    listening_socket,
)
