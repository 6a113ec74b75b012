"""PostgreSQL of the harness's own: a server with a standby, on Unix sockets in its directory."""

import contextlib
import glob
import os
import pwd
import signal
import subprocess
import time


def programs():
    """The programs of the newest version."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    return os.environ.get("PG_BIN") or found[-1]


class Server:
    """One server."""

    def __init__(self, cluster, name):
        self.cluster, self.data, self.name = cluster, os.path.join(cluster.directory, name), name
        self.port = 5432 if name == "first" else 5433
        self.child = None

    def start(self, *options):
        """Starts it and waits until it answers."""
        log = open(self.data + ".log", "ab")
        self.child = subprocess.Popen(
            [os.path.join(programs(), "postgres"), "-D", self.data, "-k", self.cluster.directory, "-p", str(self.port),
             "-c", "listen_addresses=", "-c", "hot_standby=on", *options],
            stdout=log, stderr=log, start_new_session=True, **self.cluster.person,
        )
        log.close()
        for _ in range(300):
            if self.answers("SELECT 1") is not None:
                return
            time.sleep(0.1)
        raise AssertionError(f"PostgreSQL does not start; see {self.data}.log")

    def answers(self, statement):
        """What it answers, if it does."""
        with contextlib.suppress(subprocess.CalledProcessError):
            return self.ask(statement, "postgres")
        return None

    def ask(self, statement, database="qianglian"):
        """The rows of an answer."""
        line = [os.path.join(programs(), "psql"), "-X", "-q", "-A", "-t", "-0", "-F", "\x1f", "-h", self.cluster.directory,
                "-p", str(self.port), "-U", "t", "-d", database, "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run(line, check=True, capture_output=True, text=True, timeout=60)
        return [tuple(row.split("\x1f")) for row in done.stdout.split("\0") if row.strip("\n")]

    def processes(self):
        """Its process and those that it started."""
        found = [self.child.pid]
        for path in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
                pid, rest = file.read().split(" ", 1)
                if int(rest.rsplit(") ", 1)[1].split()[1]) == self.child.pid:
                    found.append(int(pid))
        return found

    def tell(self, what):
        """Sends all its processes a signal."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, what)

    def stop(self, how=signal.SIGINT):
        """Ends it."""
        if self.child and self.child.poll() is None:
            self.tell(signal.SIGCONT)
            self.child.send_signal(how)
            self.child.wait(timeout=60)


class Cluster:
    """A server, and a standby that has every commit before it is acknowledged."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory)
        self.person = {}
        if os.getuid() == 0:
            person = pwd.getpwnam("postgres")
            os.chown(directory, person.pw_uid, person.pw_gid)
            self.person = {"user": person.pw_uid, "group": person.pw_gid}
        os.chmod(directory, 0o700 if os.getuid() else 0o755)
        self.servers = [Server(self, "first"), Server(self, "second")]
        self.url = (
            f"postgresql://t@/qianglian?host={directory},{directory}&port=5432,5433&target_session_attrs=read-write"
        )

    def run(self, program, *arguments):
        """Runs one of its programs."""
        line = [os.path.join(programs(), program), *arguments]
        subprocess.run(line, check=True, capture_output=True, timeout=120, cwd="/", **self.person)

    def __enter__(self):
        try:
            first, second = self.servers
            self.run("initdb", "-D", first.data, "-U", "t", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
            first.start()
            first.ask("CREATE DATABASE qianglian", "postgres")
            self.run("pg_basebackup", "-h", self.directory, "-p", "5432", "-U", "t", "-D", second.data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
            second.start()
            self.synchronous = ["-c", "synchronous_standby_names=*"]
            first.stop()
            first.start(*self.synchronous)
            self.now = first
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()

    def select(self, statement):
        """Reads the database."""
        return self.now.ask(statement)

    def kill(self):
        """killed (SIGKILL) for 5 s"""
        processes = self.now.processes()
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.now.child.wait(timeout=30)
        return lambda: self.now.start(*self.synchronous)

    def restart(self):
        """restarted"""
        self.now.stop()
        self.now.start(*self.synchronous)

    def pause(self):
        """paused (SIGSTOP) for 5 s"""
        self.now.tell(signal.SIGSTOP)
        return lambda: self.now.tell(signal.SIGCONT)

    def fail_over(self):
        """failed over to its standby"""
        first, second = self.servers
        for process in first.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        first.child.wait(timeout=30)
        self.run("pg_ctl", "promote", "-D", second.data)
        self.now = second
