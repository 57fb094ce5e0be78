package pgtest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrNotInstalled means that PostgreSQL is not installed on this machine.
var ErrNotInstalled = errors.New("PostgreSQL is not installed: run `apt-get install postgresql`, or `make test`, which installs it")

// Cluster is a PostgreSQL server for tests. It listens on a socket in a private
// directory. To be fast, it does not wait for the disk, so it may lose data in a
// power cut. The server stops at [Cluster.Stop], or when the process that
// started it ends. In both cases its files are removed.
type Cluster struct {
	dir   string // contains the data, the socket and the log
	bin   string // the directory of initdb and postgres
	owner *syscall.Credential
	lease io.WriteCloser // the server stops when this pipe is closed
	done  chan error     // receives the result when the server has stopped
}

// Start creates a cluster with no tables and starts it.
func Start() (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	owner, err := owner()
	if err != nil {
		return nil, err
	}
	// Do not use $TMPDIR: its path may be too long for a socket.
	dir, err := os.MkdirTemp("/tmp", "gatehouse-pg-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, bin: bin, owner: owner}
	if err := c.create(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return c, c.Start()
}

// URL returns the URL of the database postgres on the server.
func (c *Cluster) URL() string {
	return "postgres://postgres@/postgres?host=" + c.dir + "&sslmode=disable"
}

// Start starts the server again after [Cluster.Halt].
func (c *Cluster) Start() error {
	if err := c.launch(); err != nil {
		return err
	}
	return c.wait()
}

// Halt stops the server, ends its connections and keeps its data.
func (c *Cluster) Halt() error {
	_, err := io.WriteString(c.lease, "keep\n")
	return errors.Join(err, <-c.done)
}

// Freeze stops all processes of the server where they are, as if its machine
// hung: connections stay open and nothing is answered. thaw lets them go on. It
// may be called more than once.
func (c *Cluster) Freeze() (thaw func() error, err error) {
	pids, err := c.processes()
	if err != nil {
		return nil, err
	}
	signal := func(s syscall.Signal) error {
		for _, pid := range pids {
			if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		}
		return nil
	}
	return func() error { return signal(syscall.SIGCONT) }, signal(syscall.SIGSTOP)
}

// processes returns the ids of the server's first process and its children.
func (c *Cluster) processes() ([]int, error) {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	children, err := os.ReadFile("/proc/" + first + "/task/" + first + "/children")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, field := range append([]string{first}, strings.Fields(string(children))...) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// Stop stops the server and removes its data.
func (c *Cluster) Stop() error {
	return errors.Join(c.Halt(), os.RemoveAll(c.dir))
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// create makes the data directory with initdb.
func (c *Cluster) create() error {
	if c.owner != nil {
		if err := os.Chown(c.dir, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return err
		}
	}
	cmd := c.command(filepath.Join(c.bin, "initdb"),
		"--pgdata", c.data(), "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// keeper is a shell script that runs the server until its standard input ends.
// The kernel closes that input when the process at the other end has ended. If
// the script has read "keep", it keeps the data. Otherwise it removes them.
const keeper = `
"$1" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
	-c full_page_writes=off -c shared_buffers=32MB -c max_connections=200 >>"$2/log" 2>&1 &
pid=$!
read -r wish
kill -INT $pid
wait $pid
[ "$wish" = keep ] || rm -rf "$2"
`

// launch starts the script that runs the server.
func (c *Cluster) launch() error {
	cmd := c.command("sh", "-c", keeper, "sh", filepath.Join(c.bin, "postgres"), c.dir)
	lease, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	c.lease, c.done = lease, make(chan error, 1)
	go func() { c.done <- cmd.Wait() }()
	return nil
}

// wait returns when the server answers, or stops it after a minute.
func (c *Cluster) wait() error {
	db, err := sql.Open("pgx", c.URL())
	if err != nil {
		return err
	}
	defer db.Close()
	const timeout, step = 60 * time.Second, 20 * time.Millisecond
	for range timeout / step {
		if err = db.Ping(); err == nil {
			return nil
		}
		time.Sleep(step) // the server is another process and sends no signal when it is ready
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return errors.Join(fmt.Errorf("postgres does not answer: %w: %s", err, bytes.TrimSpace(log)), c.Stop())
}

// command returns a command that runs as the owner of the cluster, in its
// directory.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: c.owner,
		Setpgid:    true, // Ctrl-C at the terminal must not stop the server before the tests
	}
	return cmd
}

// binaries returns the directory of the server's programs. It prefers the
// programs in the PATH. Otherwise it takes the newest version that Debian's
// packages have installed.
func binaries() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil && hasPrograms(filepath.Dir(real)) {
			return filepath.Dir(real), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range found {
		if hasPrograms(dir) {
			return dir, nil
		}
	}
	return "", ErrNotInstalled
}

// hasPrograms reports whether the directory has the programs of the server.
func hasPrograms(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// version returns the version in a path such as /usr/lib/postgresql/17/bin.
func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// owner returns the user that runs the server, since PostgreSQL refuses to run
// as root. nil means the user of this process.
func owner() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("find a user to run PostgreSQL as: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}
