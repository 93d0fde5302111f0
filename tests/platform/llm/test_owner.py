"""Whether whoever wrote something is certainly dead."""

import os
import subprocess
import sys
from dataclasses import replace

from shopcart_assets.platform.llm.owner import Owner

PRINT = "from shopcart_assets.platform.llm.owner import Owner; o = Owner.me(); print(o.machine, o.pid, o.started)"


def test_this_process_lives_and_is_told_from_an_earlier_one_with_its_number() -> None:
    me = Owner.me()
    assert me == Owner.me() and not me.is_dead()
    assert replace(me, started="1").is_dead()


def test_a_process_that_has_ended_is_dead_and_one_of_another_machine_may_live() -> None:
    said = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True).stdout.split()
    gone = Owner(said[0], int(said[1]), said[2])
    assert gone.machine == Owner.me().machine and gone.is_dead()
    assert not replace(gone, machine="elsewhere").is_dead()


def test_a_killed_process_that_nobody_has_waited_for_is_dead() -> None:
    code = f"{PRINT}; import sys, time; sys.stdout.flush(); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    machine, pid, started = process.stdout.readline().split()
    owner = Owner(machine, int(pid), started)
    assert not owner.is_dead()
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert owner.is_dead()
    process.wait()
