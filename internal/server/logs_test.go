package server

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/logs"
	"gatehouse/internal/message"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// An entry about a message that failed says neither to whom it went nor what it said.
func TestAMessageThatFailedIsALogEntry(t *testing.T) {
	e := enginetest.New(t, userpool.Settings{})
	path := filepath.Join(t.TempDir(), "users.log")
	const group = "arn:aws:logs:us-east-1:000000000000:log-group:users"
	d := &directory{pools: e.Pools, exporter: &logs.Exporter{Destinations: []logs.Destination{{ARN: group, Target: logs.NewFile(path)}}, After: atOnce, Log: slog.New(slog.DiscardHandler)}}
	fail := func() string {
		m := &message.Message{Medium: message.Email, Pool: string(e.Pool.ID), Username: "alice", To: "alice@example.com", Body: "code 123456", Purpose: "sign_up", Sent: e.Now()}
		d.messageFailed(t.Context(), m, message.ErrDelivery.Because(errors.New("550 no such user alice@example.com")))
		text, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := fail(); got != "" {
		t.Errorf("a pool that wants no entries has %q", got)
	}
	if _, err := e.Pools.SetLogs(t.Context(), e.Pool.ID, []userpool.LogDelivery{{Source: userpool.UserNotification, Level: "ERROR", LogGroup: group}}); err != nil {
		t.Fatal(err)
	}
	want := `{"eventSource":"USER_NOTIFICATION","eventTimestamp":"1772600767000","logLevel":"ERROR","logSourceId":{"userPoolId":"` + string(e.Pool.ID) +
		`"},"message":{"details":"The EMAIL message for sign_up was not delivered: message_delivery_failed"}}` + "\n"
	if got := fail(); got != want {
		t.Errorf("the file has %q, want %q", got, want)
	}
	d.messageFailed(t.Context(), &message.Message{Pool: "us-east-1_gone"}, message.ErrNotConfigured)
}

// What is under way when the server ends is delivered, and what comes later is not
// begun.
func TestEntriesUnderWayAreDeliveredAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.log")
	exports := newLater()
	x := &logs.Exporter{Destinations: []logs.Destination{{ARN: "*", Target: logs.NewFile(path)}}, After: exports.run, Log: slog.New(slog.DiscardHandler)}
	for range 20 {
		x.Deliver(context.Background(), "arn", "", time.Time{}, []byte("entry"))
	}
	exports.wait(laterAtEnd)
	x.Deliver(context.Background(), "arn", "", time.Time{}, []byte("late"))
	got, err := os.ReadFile(path)
	if err != nil || string(got) != strings.Repeat("entry\n", 20) {
		t.Errorf("the file has %q, %v", got, err)
	}
}
