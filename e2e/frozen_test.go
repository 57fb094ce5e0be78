package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFrozenDatabase stops PostgreSQL where it is, with its connections open, as
// a machine or a disk that hangs does. Requests must end in time with an error,
// and every user whose creation was answered must exist afterwards.
func TestFrozenDatabase(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	d := newDirectory(t, func(*testing.T) string { return cluster.URL() }, declaredPool)
	sdk := newSDK(t, d.url, d.accessKey(t))
	answered := createSome(t, sdk, "before")

	thaw, err := cluster.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	defer thaw()
	start := time.Now()
	late := make(chan []string)
	go func() { late <- createSome(t, sdk, "during") }()
	if got := get(t, d.url+"/readyz"); got.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: got %d %s, want 503", got.status, got.body)
	}
	if err := passwordSignIn(t, sdk, "alice", "Alice-2026!"); err == nil {
		t.Error("alice could sign in while the database was frozen")
	}
	if got := <-late; len(got) > 0 {
		t.Errorf("%s were answered while the database was frozen", strings.Join(got, ", "))
	}
	if took := time.Since(start); took > patience {
		t.Errorf("the requests took %v, want less than %v", took, patience)
	}

	if err := thaw(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz to say 200", func() bool { return get(t, d.url+"/readyz").status == http.StatusOK })
	if err := passwordSignIn(t, sdk, "alice", "Alice-2026!"); err != nil {
		t.Errorf("sign-in of alice after the database went on: %v", err)
	}
	answered = append(answered, createSome(t, sdk, "after")...)
	wantUsers(t, sdk, answered)
	d.stop()
}
