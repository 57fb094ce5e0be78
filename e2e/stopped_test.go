package e2e

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestANodeThatStopsInATransaction stops one of two nodes while it holds the row of
// a user in PostgreSQL, as a machine that hangs does. The other node gets the row
// within its limit, and works on other users at once.
func TestANodeThatStopsInATransaction(t *testing.T) {
	t.Parallel()
	url := postgres(t)
	d := newDirectory(t, func(*testing.T) string { return url }, declaredPool)
	d.ready(t)
	first, second := d.process, d.secondNode(t)
	key := d.accessKey(t)
	here, there := newSDK(t, d.url, key), newSDK(t, fmt.Sprintf("https://localhost:%d", second.port), key)

	db := openSQL(t, "pgx", url)
	lock, err := db.BeginTx(bounded(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	held, err := lock.Exec(`UPDATE users SET modified = modified WHERE username = 'alice'`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := held.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("got %d rows, %v; want alice", n, err)
	}
	late := make(chan error, 1)
	go func() { late <- rename(t, there, "alice", "by the second") }()
	backends := func(state string) func() bool {
		return func() bool {
			return len(rowsOf(t, db, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND `+state)) > 0
		}
	}
	eventually(t, "the second node to wait for the row", backends(`wait_event_type = 'Lock'`))
	second.signal(syscall.SIGSTOP)
	if second.state() != 'T' {
		t.Fatal("the second node has ended")
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the stopped node to hold the row", backends(`state = 'idle in transaction'`))

	start := time.Now()
	if err := create(bounded(t), here, "bob", false); err != nil {
		t.Errorf("another user: %v", err)
	}
	if err := rename(t, here, "alice", "by the first"); err != nil {
		t.Errorf("the user whom the stopped node holds: %v", err)
	}
	if took := time.Since(start); took > patience {
		t.Errorf("the first node took %v, want its limit of 10s at most, and some seconds for a busy machine", took)
	}
	if got := get(t, d.url+"/readyz"); got.status != http.StatusOK {
		t.Errorf("/readyz of the first: got %d %s, want 200", got.status, got.body)
	}
	second.signal(syscall.SIGCONT)
	<-late // an error, or after another try none
	if err := rename(t, there, "alice", "by the second, again"); err != nil {
		t.Errorf("the second node after it went on: %v", err)
	}
	second.stop()
	first.stop()
}

// TestACommandThatStopsInATransaction stops a command of the command line while it
// writes to the SQLite file of a server, as Ctrl-Z does. The server answers reads,
// refuses writes in time, and writes again when the command goes on.
func TestACommandThatStopsInATransaction(t *testing.T) {
	t.Parallel()
	url := sqlite(t)
	d := newDirectory(t, func(*testing.T) string { return url }, declaredPool)
	d.ready(t)
	sdk := newSDK(t, d.url, d.accessKey(t))
	db := openSQL(t, "sqlite", "file:"+strings.TrimPrefix(url, "sqlite://"))
	stopped := stopWhileItWrites(t, db, "keys", "create", "--config", d.config, "--name", "stopped")
	start := time.Now()
	if err := create(bounded(t), sdk, "late", false); err == nil {
		t.Error("a user was created while another process held the database")
	}
	if took := time.Since(start); took > patience {
		t.Errorf("the refusal took %v, want the limit of 10s at most, and some seconds for a busy machine", took)
	}
	if got := get(t, d.url+"/"+declaredID+"/.well-known/jwks.json"); got.status != http.StatusOK {
		t.Errorf("a read meanwhile: got %d %s, want 200", got.status, got.body)
	}
	if !usernames(t, sdk)["alice"] {
		t.Error("the list of users has no alice meanwhile")
	}
	stopped.signal(syscall.SIGCONT)
	eventually(t, "the command that went on to end", func() bool { // if the limit of its call had passed, with an error
		select {
		case <-stopped.ended:
			return true
		default:
			return false
		}
	})
	if err := create(bounded(t), sdk, "afterwards", false); err != nil {
		t.Errorf("a user afterwards: %v", err)
	}
	d.stop()
}

// ready waits until the directory has made what its configuration declares.
func (d *directory) ready(t *testing.T) {
	t.Helper()
	eventually(t, "/readyz to say 200", func() bool { return get(t, d.url+"/readyz").status == http.StatusOK })
}

// stopWhileItWrites starts the program again and again, until it can be stopped
// while it holds the lock of a SQLite database.
func stopWhileItWrites(t *testing.T, db *sql.DB, args ...string) *process {
	t.Helper()
	for range 50 {
		p := gatehouse(t, nil, args...)
		if p.stoppedWhen(func() bool { return locked(t, db) }) {
			return p
		}
	}
	t.Fatal("the program was never stopped while it wrote")
	return nil
}

// stoppedWhen stops the process when a condition holds, and still holds then. It
// returns false if the process ended before.
func (p *process) stoppedWhen(holds func() bool) bool {
	for {
		select {
		case <-p.ended:
			return false
		default:
		}
		if !holds() {
			continue
		}
		p.cmd.Process.Signal(syscall.SIGSTOP) // fails only if the process has ended
		if p.state() == 'T' && holds() {
			return true
		}
		p.cmd.Process.Signal(syscall.SIGCONT)
	}
}

// state returns the letter that the system has for what the process does, and waits
// until a signal to stop has had its effect on all of its threads. 0: the process has
// ended.
func (p *process) state() (letter byte) {
	eventually(p.t, "the process to stop or to end", func() bool {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid)) // the pattern is good
		letter = 0
		for _, path := range threads {
			stat, err := os.ReadFile(path)
			if err != nil {
				continue // the thread has ended
			}
			_, rest, _ := strings.Cut(string(stat), ") ")
			if letter = rest[0]; letter != 'T' && letter != 'Z' {
				return false
			}
		}
		return true
	})
	return letter
}

// locked reports whether another process is writing to a SQLite database.
func locked(t *testing.T, db *sql.DB) bool {
	t.Helper()
	conn, err := db.Conn(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(bounded(t), `BEGIN IMMEDIATE`); err != nil {
		if !strings.Contains(err.Error(), "SQLITE_BUSY") {
			t.Fatal(err)
		}
		return true
	}
	if _, err := conn.ExecContext(bounded(t), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	return false
}

func openSQL(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func rename(t *testing.T, sdk *cognito.Client, username, name string) error {
	_, err := sdk.AdminUpdateUserAttributes(bounded(t), &cognito.AdminUpdateUserAttributesInput{
		UserPoolId: aws.String(declaredID), Username: aws.String(username),
		UserAttributes: []types.AttributeType{{Name: aws.String("name"), Value: aws.String(name)}},
	})
	return err
}
