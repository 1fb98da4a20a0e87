#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""terminal - what the command prints on a terminal and in a pipe

    tests/terminal.py ENFORCETLS

Runs in the folder that tests/terminal.sh has made.
"""
import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios

TOOL = sys.argv[1]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Those that print a table, or more.
CALLS = ["partners", "partners bank", "stage", "stage bank", "exception list",
         "exception history", "log", "check", "state", "pause",
         "explain 4XJ2k", "explain --sender a@b.example --rcpt u@bank.example",
         "map bank.example", "help", "help exception"]
# Which of them have something to paint, and what.
PAINTED = [("stage", ["log-only", "defer", "reject"]),
           ("partners", ["log-only", "defer", "reject"]),
           ("log", ["fail", "deferred"]),
           ("check", ["good", "log-only"]),
           ("explain 4XJ2k", ["fail", "defer"])]
failed = 0


def complain(what, text):
    global failed
    failed = 1
    print("%s:\n%s" % (what, text))


def pipe(call, **more):
    environ = dict(os.environ, TERM="xterm", **more)
    return subprocess.run([TOOL] + shlex.split(call), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environ, check=False).stdout.decode()


def terminal(call, columns, **more):
    """What a terminal of so many columns is sent; standard error is no part."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        os.environ.update(dict({"TERM": "xterm"}, **more))
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        os.execv(TOOL, [TOOL] + shlex.split(call))
    sent = b""
    try:
        while True:
            got = os.read(fd, 65536)
            if not got:
                break
            sent += got
    except OSError:
        pass
    os.close(fd)
    os.waitpid(pid, 0)
    return sent.decode().replace("\r\n", "\n")


def unfolded(text):
    """The words, without the backslashes of commands that go on."""
    return [w for w in COLOUR.sub("", text).split() if w != "\\"]


for call in CALLS:
    whole = pipe(call)
    if "\x1b" in whole:
        complain(call + " has colours in a pipe", whole)
    for columns in (60, 80, 132):
        shown = terminal(call, columns)
        for line in COLOUR.sub("", shown).split("\n"):
            if len(line) > columns and " " in line.strip() and \
                    "`" not in line:
                complain("%s in %d columns" % (call, columns), line)
        # Times go on; everything else is the same, and nothing is cut.
        if re.sub(r"[0-9]", "0", " ".join(unfolded(shown))) != \
                re.sub(r"[0-9]", "0", " ".join(unfolded(whole))):
            complain("%s in %d columns has other words" % (call, columns),
                     shown + "\n" + whole)
    # A folded line never begins where a line of its own does.
    begins = {line for line in whole.split("\n")}
    for line in COLOUR.sub("", terminal(call, 60)).split("\n"):
        if line and line[0] != " " and line not in begins and \
                not any(b.startswith(line.rstrip(" \\")) for b in begins):
            complain(call + ": a folded line looks like another", line)
    if len(terminal(call, 200).split("\n")) > len(whole.split("\n")):
        complain(call, "is folded in 200 columns")
    if call.startswith("help"):
        for line in whole.split("\n"):
            if len(line) > 80:
                complain(call + " in a pipe", line)

for call, words in PAINTED:
    shown = terminal(call, 80)
    for word in words:
        if not re.search(r"\x1b\[[0-9;]+m" + word + r" *\x1b\[0m", shown):
            complain("%s: %s is not painted" % (call, word), shown)
    for label, sent in [
            ("NO_COLOR", terminal(call, 80, NO_COLOR="1")),
            ("a dumb terminal", terminal(call, 80, TERM="dumb")),
            ("no TERM", terminal(call, 80, TERM="")),
            ("--json", terminal("--json " + call, 80))]:
        if "\x1b" in sent:
            complain("%s: colours with %s" % (call, label), sent)
    if "\x1b" not in terminal(call, 80, NO_COLOR=""):
        complain("%s: an empty NO_COLOR counts" % call, shown)

if terminal("--json stage", 40) != pipe("--json stage"):
    complain("--json stage", "is folded")
if max(map(len, pipe("log", COLUMNS="70").split("\n"))) > 70:
    complain("log", "COLUMNS does not count")
if len(pipe("log").split("\n")) != 2:
    complain("log", "a record is not one line in a pipe")
# Names as they are compared: a column is an octet.
for line in pipe("stage").split("\n"):
    if line and not re.match(r".{20} .{9} .{9} \S", line):
        complain("stage: not in columns", line)
if "xn--bro-hoa.example" not in pipe("check"):
    complain("check", "the name is not in its compared form")
# A command is copied as it is printed.
tried = terminal("explain --sender a@corp.example --rcpt u@bank.example", 60)
copied = re.search(r"try +(posttls-finger .*?[^\\])\n", COLOUR.sub("", tried),
                   re.DOTALL)
if copied is None or subprocess.run(
        ["sh", "-n", "-c", copied.group(1)], check=False).returncode != 0:
    complain("explain: the command cannot be copied", tried)
sys.exit(failed)
