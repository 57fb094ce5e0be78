//go:build unix

package function_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gatehouse/internal/function"
)

func command(line string, log *strings.Builder) *function.Caller {
	return &function.Caller{Entries: []function.Entry{{ARN: arn, Target: &function.Command{Line: line, Log: log}}}}
}

func TestACommandGetsTheEventAndAnswersIt(t *testing.T) {
	var log strings.Builder
	got, err := command(`echo working >&2; cat; printf ' %s' "$((1 + 1))"`, &log).Call(t.Context(), arn, []byte(`{"a":"'$HOME'"}`))
	if err != nil || string(got) != `{"a":"'$HOME'"} 2` {
		t.Errorf("answer %s, error %v", got, err)
	}
	if log.String() != "working\n" {
		t.Errorf("the log is %q", log.String())
	}
}

func TestHowACommandFails(t *testing.T) {
	tests := []struct {
		line, want string
		thrown     bool
	}{
		{`echo '{"errorMessage":"not you"}'; exit 1`, "not you", true},
		{`echo nonsense; exit 3`, "Runtime exited with error: exit status 3", true},
		{`kill -9 $$`, "Runtime exited with error: signal: killed", true},
		{`no-such-program`, "Runtime exited with error: exit status 127", true},
		{`head -c 2000000 /dev/zero`, "ResponseSizeTooLarge", false},
	}
	for _, tt := range tests {
		var log strings.Builder
		_, err := command(tt.line, &log).Call(t.Context(), arn, []byte(`{}`))
		if textOf(err) != tt.want || errors.Is(err, function.ErrThrown) != tt.thrown {
			t.Errorf("%s: %v, want %q", tt.line, err, tt.want)
		}
	}
}

// lifeline is a file that is read to its end when nobody has it open for writing any
// more.
type lifeline struct {
	path string
	said chan string
}

func newLifeline(t *testing.T) lifeline {
	t.Helper()
	l := lifeline{filepath.Join(t.TempDir(), "lifeline"), make(chan string, 2)}
	if err := syscall.Mkfifo(l.path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(l.said)
		f, err := os.Open(l.path)
		if err != nil {
			return
		}
		defer f.Close()
		for in := bufio.NewScanner(f); in.Scan(); {
			l.said <- in.Text()
		}
	}()
	return l
}

// A command that hangs ends with all that it started when its caller gives up, as
// it does after the limit of a try.
func TestACommandIsKilledWithItsChildren(t *testing.T) {
	l := newLifeline(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		var log strings.Builder
		_, err := command("exec 3>"+l.path+"; sleep 600 & echo ready >&3; wait", &log).Call(ctx, arn, []byte(`{}`))
		ended <- err
	}()
	if got := <-l.said; got != "ready" {
		t.Fatalf("the command says %q", got)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	<-l.said // comes when the child is gone too
}

// A child that a command leaves behind neither holds the answer up nor goes on.
func TestACommandThatLeavesAChild(t *testing.T) {
	l := newLifeline(t)
	var log strings.Builder
	got, err := command("exec 3>"+l.path+"; sleep 600 & cat", &log).Call(t.Context(), arn, []byte(`{}`))
	if err != nil || string(got) != `{}` {
		t.Errorf("answer %s, error %v", got, err)
	}
	<-l.said // comes when the child is gone
}
