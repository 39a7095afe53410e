# SPDX-License-Identifier: GPL-2.0-or-later
"""Patched functions for gdb: names, and call frames to unwind them.

    gdb -p PID -x scripts/kpatch-gdb.py

reads what the process has now; after another patch or unpatch the command
kpatch-symbols does it again. KPATCH_USER names another kpatch_user than the
one beside this script or in PATH.
"""
import os
import shutil
import subprocess
import tempfile

import gdb


def find_kpatch_user():
    beside = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                          "..", "src", "kpatch_user")
    for program in (os.environ.get("KPATCH_USER"), beside, "kpatch_user"):
        if program and shutil.which(program):
            return program
    raise gdb.GdbError("kpatch_user is not found: set KPATCH_USER")


class KpatchSymbols(gdb.Command):
    """Read the names and call frames of what LibCare has patched."""

    def __init__(self):
        super().__init__("kpatch-symbols", gdb.COMMAND_FILES)
        self.files = []
        self.folder = None

    def forget(self):
        for line in self.files:
            path = line.split('"')[1]
            try:
                gdb.execute(f'remove-symbol-file "{path}"', to_string=True)
            except gdb.error:
                pass  # gdb has dropped it with the process it was for
        self.files = []
        self.folder = None

    def invoke(self, argument, from_tty):
        pid = gdb.selected_inferior().pid
        if not pid:
            raise gdb.GdbError("no process: attach to one first")
        # Until the end: gdb reads call frames when it needs them.
        folder = tempfile.TemporaryDirectory(prefix="kpatch-gdb.")
        done = subprocess.run(
            [find_kpatch_user(), "symbols", "-p", str(pid), folder.name],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, check=False)
        if done.returncode not in (0, 3):  # 3: is not patched
            raise gdb.GdbError(done.stderr.strip())
        gdb.execute("set confirm off")
        self.forget()
        self.files = done.stdout.splitlines()
        self.folder = folder
        for line in self.files:
            gdb.execute(line, to_string=True)
        print(f"kpatch-symbols: {len(self.files)} patch(es) of process {pid}")


command = KpatchSymbols()
if gdb.selected_inferior().pid:
    command.invoke("", False)
