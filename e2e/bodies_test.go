package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// TestUnfinishedBodies opens 300 connections to the API and 300 to the token
// endpoint, each with a body that never ends. The process must not take more
// memory for them than it says, must refuse what is too much in the form of the
// protocol, and must serve people meanwhile.
func TestUnfinishedBodies(t *testing.T) {
	t.Parallel()
	const callers = 300
	d := newDirectory(t, sqlite, declaredPool)
	sdk := newSDK(t, d.url, d.accessKey(t))
	before := d.peak(t)
	for _, flood := range []struct {
		host, path, header string
		size, status       int
		refused            int64 // at least: the others fit
	}{
		{"localhost", "/", "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth", 250_000, http.StatusBadRequest, 150},
		{"declared.auth.localhost", "/oauth2/token", "Content-Type: application/x-www-form-urlencoded", 60_000, http.StatusServiceUnavailable, 100},
	} {
		var refused, wrong atomic.Int64
		conns := make([]net.Conn, callers)
		for i := range conns {
			conn := d.unfinished(t, flood.host, flood.path, flood.header, flood.size)
			conns[i] = conn
			go func() {
				switch status, err := statusOf(conn); {
				case err != nil: // no answer before the connection is closed
				case status == flood.status:
					refused.Add(1)
				default:
					wrong.Add(1)
				}
			}()
		}
		eventually(t, fmt.Sprintf("%d refusals at %s", flood.refused, flood.path), func() bool { return refused.Load() >= flood.refused })
		if n := wrong.Load(); n > 0 {
			t.Errorf("%s: %d answers have another status than %d", flood.path, n, flood.status)
		}
		if err := passwordSignIn(t, sdk, "alice", "Alice-2026!"); err != nil {
			t.Errorf("sign-in of alice while %s is flooded: %v", flood.path, err)
		}
		if got := send(t, http.MethodPost, d.domainURL("declared")+"/oauth2/token", "grant_type=x", "Content-Type: application/x-www-form-urlencoded"); got.status != http.StatusBadRequest {
			t.Errorf("a small form while %s is flooded: got %d %s, want 400", flood.path, got.status, got.body)
		}
		for _, conn := range conns {
			conn.Close()
		}
	}
	if took := d.peak(t) - before; took > 224<<20 {
		t.Errorf("the unfinished bodies took %d MiB, want 224 at most", took>>20)
	}
	d.stop()
}

// unfinished sends the head of a request and size bytes of its body, which would
// have more.
func (d *directory) unfinished(t *testing.T, host, path, header string, size int) net.Conn {
	t.Helper()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", fmt.Sprintf("127.0.0.1:%d", d.port), &tls.Config{RootCAs: suite.authority.pool, ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	// The server may refuse the body before it has read everything. Therefore an
	// error in writing does not fail the test.
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: %d\r\n\r\n%s", path, host, header, size+1000, strings.Repeat(" ", size))
	return conn
}

func statusOf(conn net.Conn) (int, error) {
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, nil
}

// peak returns the most memory that the process has had.
func (p *process) peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	kib, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
