//go:build chaos

package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/base/web"
)

// TestFullDisk fills the disk under the SQLite file. What only reads must go on,
// what writes must be refused, and everything that was answered must be there
// when there is room again.
func TestFullDisk(t *testing.T) {
	dir := mounted(t, "-t", "tmpfs", "-o", "size=6m", "tmpfs")
	d := newDirectory(t, func(*testing.T) string { return "sqlite://" + filepath.Join(dir, "gatehouse.db") }, declaredPool)
	sdk := newSDK(t, d.url, d.accessKey(t))
	reader := newSDK(t, d.url, d.accessKey(t)) // its use has not been noted yet
	answered := createSome(t, sdk, "before")
	fill := filepath.Join(dir, "fill")
	if err := os.WriteFile(fill, make([]byte, 8<<20), 0o600); err == nil {
		t.Fatal("8 MiB fit on a disk of 6 MiB")
	}
	round := 0
	eventually(t, "writes to be refused", func() bool { // the log may have room left
		round++
		during := createSome(t, sdk, fmt.Sprintf("during-%d", round))
		answered = append(answered, during...)
		return len(during) == 0
	})
	if got := get(t, d.url+"/readyz"); got.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: got %d %s, want 503", got.status, got.body)
	}
	if _, err := reader.AdminGetUser(bounded(t), &cognito.AdminGetUserInput{UserPoolId: aws.String(declaredID), Username: aws.String("alice")}); err != nil {
		t.Errorf("AdminGetUser, which only reads: %v", err)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	wantAllAfterRestart(t, d, sdk, answered)
}

// TestFrozenDisk stops all writes to the disk under the SQLite file, as a snapshot
// of a storage system does. SQLite shares memory with other processes by a file
// there, so the program may stand still meanwhile. It must not say that it is
// ready, and must go on by itself with everything that was answered.
func TestFrozenDisk(t *testing.T) {
	image := filepath.Join(t.TempDir(), "disk")
	must(t, "truncate", "--size", "64M", image)
	must(t, "mkfs.ext4", "-q", image)
	dir := mounted(t, "-o", "loop", image)
	d := newDirectory(t, func(*testing.T) string { return "sqlite://" + filepath.Join(dir, "gatehouse.db") }, declaredPool)
	sdk := newSDK(t, d.url, d.accessKey(t))
	answered := createSome(t, sdk, "before")
	must(t, "fsfreeze", "--freeze", dir)
	unfreeze := sync.OnceFunc(func() { must(t, "fsfreeze", "--unfreeze", dir) })
	defer unfreeze()
	late := make(chan []string)
	go func() { late <- createSome(t, sdk, "during") }()
	hasty := web.NewClient(newTransport(t), 4*time.Second)
	if resp, err := hasty.Get(d.url + "/readyz"); err == nil {
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			t.Error("/readyz said 200 while the disk was frozen and writes waited")
		}
	}
	unfreeze()
	answered = append(answered, <-late...)
	wantAllAfterRestart(t, d, sdk, answered)
}

// wantAllAfterRestart checks that the directory works, that everything that was
// answered is there before and after a kill, and that the database is sound.
func wantAllAfterRestart(t *testing.T, d *directory, sdk *cognito.Client, answered []string) {
	t.Helper()
	eventually(t, "/readyz to say 200", func() bool { return get(t, d.url+"/readyz").status == http.StatusOK })
	answered = append(answered, createSome(t, sdk, "after")...)
	wantUsers(t, sdk, answered)
	d.kill()
	d.start(t)
	wantUsers(t, sdk, answered)
	command(t, nil, "backup", "--config", d.config, filepath.Join(t.TempDir(), "backup.db")) // which checks the database
	d.stop()
}

// mounted mounts a file system and returns where.
func mounted(t *testing.T, args ...string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "mount")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	must(t, "mount", append(args, dir)...)
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v", errors.Join(err, errors.New(string(out))))
		}
	})
	return dir
}

// must runs a program of the system. It must succeed.
func must(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(bounded(t), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
}
