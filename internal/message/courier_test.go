package message_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/message"
)

// flaky fails the first sends, and records the messages that it took.
type flaky struct {
	fails          int
	err            error
	tries, written int
	took           []string
}

func (f *flaky) Send(_ context.Context, m *message.Message) error {
	if f.tries++; f.tries <= f.fails {
		return f.err
	}
	f.took = append(f.took, m.To)
	return nil
}

// write is the message that is sent for the draft. It counts.
func (f *flaky) write(context.Context) (*message.Message, error) {
	f.written++
	return letter(), nil
}

// desk is a courier whose background work runs at once, and records the pauses.
type desk struct {
	*message.Courier
	outbox       *message.Outbox
	log          strings.Builder
	pauses       []time.Duration
	sent, failed int
}

func newDesk(t *testing.T, sender message.Sender) *desk {
	kept, _ := outbox(t)
	d := &desk{outbox: kept}
	d.Courier = &message.Courier{
		Sender: sender, Kept: d.outbox, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
		After: func(pause time.Duration, task func(context.Context)) bool {
			d.pauses = append(d.pauses, pause)
			task(t.Context())
			return true
		},
		Count: func(_ message.Medium, sent bool) {
			if sent {
				d.sent++
			} else {
				d.failed++
			}
		},
	}
	return d
}

// kept returns how many messages were kept for the operator.
func (d *desk) kept(t *testing.T) int {
	t.Helper()
	list, err := d.outbox.List(t.Context(), 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestAMessageIsTriedAgain(t *testing.T) {
	all := []time.Duration{0, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 12 * time.Minute}
	tests := []struct {
		what   string
		fails  int
		err    error
		pauses []time.Duration
		sent   bool
	}{
		{"works", 0, nil, all[:1], true},
		{"works at the third try", 2, message.ErrDelivery, all[:3], true},
		{"works at the last try", 4, message.ErrDelivery, all, true},
		{"never works", 9, message.ErrDelivery, all, false},
		{"no mail server", 1, message.ErrNotConfigured, all[:1], false},
		{"no address", 1, message.ErrRecipient, all[:1], false},
	}
	for _, test := range tests {
		f := &flaky{fails: test.fails, err: test.err}
		d := newDesk(t, f)
		d.SendLater(t.Context(), letter(), f.write)
		if !slices.Equal(d.pauses, test.pauses) {
			t.Errorf("%s: pauses %v, want %v", test.what, d.pauses, test.pauses)
		}
		if f.written != 1 {
			t.Errorf("%s: written %d times, want once", test.what, f.written)
		}
		switch {
		case test.sent && (len(f.took) != 1 || d.sent != 1 || d.failed != 0 || d.kept(t) != 0):
			t.Errorf("%s: %d sent, counted %d and %d, %d kept; want one sent", test.what, len(f.took), d.sent, d.failed, d.kept(t))
		case !test.sent && (len(f.took) != 0 || d.sent != 0 || d.failed != 1 || d.kept(t) != 1):
			t.Errorf("%s: %d sent, counted %d and %d, %d kept; want one kept", test.what, len(f.took), d.sent, d.failed, d.kept(t))
		}
	}
}

// What could not be sent is in the log and is kept, and the log has neither the
// code nor the address.
func TestNoMessageIsLostSilently(t *testing.T) {
	down := &flaky{fails: 99, err: message.ErrDelivery.Because(errors.New("connection refused"))}
	for what, send := range map[string]func(*desk) error{
		"a caller that waits": func(d *desk) error { return d.Send(t.Context(), letter()) },
		"a caller that does not wait": func(d *desk) error {
			d.SendLater(t.Context(), letter(), down.write)
			return message.ErrDelivery
		},
		"too many messages wait": func(d *desk) error {
			d.After = func(time.Duration, func(context.Context)) bool { return false }
			d.SendLater(t.Context(), letter(), down.write)
			return message.ErrDelivery
		},
		"the end comes between two tries": func(d *desk) error {
			first := d.After
			d.After = func(pause time.Duration, task func(context.Context)) bool { return pause == 0 && first(pause, task) }
			d.SendLater(t.Context(), letter(), down.write)
			return message.ErrDelivery
		},
		"the message cannot be written": func(d *desk) error {
			d.Sender = &flaky{}
			d.SendLater(t.Context(), letter(), func(context.Context) (*message.Message, error) { return nil, errors.New("the function failed") })
			return message.ErrDelivery
		},
		"the request is over": func(d *desk) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return d.Send(ctx, letter())
		},
	} {
		d := newDesk(t, down)
		err, m := send(d), letter()
		log := d.log.String()
		if !errors.Is(err, message.ErrDelivery) || d.kept(t) != 1 || d.failed != 1 || strings.Count(log, "message not delivered") != 1 {
			t.Errorf("%s: %v, %d kept, %d counted; log:\n%s", what, err, d.kept(t), d.failed, log)
		}
		if strings.Contains(log, m.To) || strings.Contains(log, "123456") {
			t.Errorf("%s: the log tells:\n%s", what, log)
		}
	}
}

// A message that has a sender of its own goes to that one, and is tried and kept as
// every other.
func TestAMessageWithItsOwnSender(t *testing.T) {
	for _, test := range []struct {
		what       string
		own        *flaky
		tries      int
		sent, kept int
	}{
		{"works", &flaky{}, 1, 1, 0},
		{"works at the third try", &flaky{fails: 2, err: message.ErrDelivery}, 3, 1, 0},
		{"never works", &flaky{fails: 99, err: message.ErrDelivery}, 5, 0, 1},
		{"refuses", &flaky{fails: 99, err: errors.New("not you")}, 1, 0, 1},
	} {
		installation := &flaky{}
		d := newDesk(t, installation)
		m := letter()
		m.Via = test.own
		d.SendLater(t.Context(), m, func(context.Context) (*message.Message, error) { return m, nil })
		if installation.tries != 0 || test.own.tries != test.tries || d.sent != test.sent || d.kept(t) != test.kept {
			t.Errorf("%s: %d and %d tries, %d sent, %d kept; want 0 and %d, %d, %d", test.what, installation.tries, test.own.tries, d.sent, d.kept(t), test.tries, test.sent, test.kept)
		}
	}
}

func TestFailuresAreTold(t *testing.T) {
	d := newDesk(t, &flaky{fails: 1, err: message.ErrNotConfigured})
	var told []error
	d.Failed = func(_ context.Context, m *message.Message, err error) { told = append(told, err) }
	d.Send(t.Context(), letter())
	d.Send(t.Context(), letter())
	if len(told) != 1 || !errors.Is(told[0], message.ErrNotConfigured) {
		t.Errorf("told %v, want the one failure", told)
	}
}
