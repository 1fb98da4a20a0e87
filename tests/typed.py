#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""typed - types lines with TAB into a shell, and looks at what it made of them

    tests/typed.py bash|zsh ENFORCETLS COMPLETIONS

Runs in the folder that tests/completion.sh has made. In place of the command
there is a function that prints its arguments.
"""
import os
import pty
import re
import select
import sys

SHELL, TOOL, MADE = sys.argv[1:]
PROMPT = b"ready" + b"> "
HANGS_S = 60

BASH = ["bash", "--norc", "--noprofile", "-i"]
ZSH = ["zsh", "-f", "-i", "-o", "no_prompt_sp"]
# What a terminal obeys, and zsh's padding of it.
OBEYED = re.compile(rb"\x1b\[[?0-9;]*[A-Za-z]|\x1b[=>]|\0")
FUNCTION = (
    "enforcetls() { case \"$*\" in *'help --names'*) '%s' \"$@\";; "
    "*) printf '<%%s>' \"$@\"; echo;; esac; }" % TOOL)
START = {
    "bash": [FUNCTION, "bind 'set bell-style none'",
             "bind 'set enable-bracketed-paste off'",
             ". '%s/enforcetls'" % MADE],
    "zsh": [FUNCTION, "unsetopt beep prompt_sp", "fpath=('%s' $fpath)" % MADE,
            "autoload -Uz compinit", "compinit -u -D"],
}

# What is typed, and the arguments that come of it.
LINES = [
    ("exce\tren\t", "<exception><renew>"),
    ("stage ban\tinb\trej\t", "<stage><bank><inbound><reject>"),
    ("exception add bank outb\t--flo\tenc\t",
     "<exception><add><bank><outbound><--floor><encrypt>"),
    ("exception end nig\t", "<exception><end><night1>"),
    ("exception approve nig\t", "<exception><approve><nig>"),
    ("partners ci\t", "<partners><city-bank>"),
    ("-c t.conf partners ban\t", "<-c><t.conf><partners><bank>"),
    ("check t.c\t", "<check><t.conf>"),
    ("check --bas\tsta\t", "<check><--basedir><state/>"),
    ("log veri\t", "<log><verify>"),
    ("map --exp\tt.c\t", "<map><--export><t.conf>"),
    ("pause --en\tent\t", "<pause><--end><entry>"),
    ("help exception ren\t", "<help><exception><renew>"),
]


def start():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(PS1=PROMPT.decode(), TERM="vt100", LC_ALL="C",
                          HOME=os.getcwd())
        os.execvp(SHELL, BASH if SHELL == "bash" else ZSH)
    return fd


def read_prompt(fd):
    """What is shown up to the next prompt."""
    shown = b""
    while not shown.endswith(PROMPT):
        if not select.select([fd], [], [], HANGS_S)[0]:
            sys.exit("%s hangs behind %r" % (SHELL, shown))
        shown = OBEYED.sub(b"", shown + os.read(fd, 4096))
    return shown


def main():
    fd = start()
    failed = 0
    read_prompt(fd)
    for line in START[SHELL]:
        os.write(fd, line.encode() + b"\r")
        read_prompt(fd)
    for typed, wanted in LINES:
        os.write(fd, b"enforcetls " + typed.encode() + b"\r")
        shown = read_prompt(fd).decode("latin-1")
        printed = [s for s in shown.splitlines() if s.startswith("<")]
        if [s.replace("/>", ">") for s in printed] != \
                [wanted.replace("/>", ">")]:
            print("%s: %r: wanted %s, shown %r" %
                  (SHELL, typed, wanted, shown))
            failed = 1
    os.close(fd)
    return failed


sys.exit(main())
