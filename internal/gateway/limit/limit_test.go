package limit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func TestWhatWasUsedComesBackEvenly(t *testing.T) {
	c, now := New(Rate{3, time.Minute}, nil), noon
	for i, tt := range []struct {
		after, want time.Duration
	}{
		{0, 0}, {0, 0}, {0, 0}, {0, 20 * time.Second}, {5 * time.Second, 15 * time.Second}, {15 * time.Second, 0}, {0, 20 * time.Second},
		{time.Hour, 0}, {0, 0}, {0, 0}, {0, 20 * time.Second},
	} {
		now = now.Add(tt.after)
		if got := c.Take("alice", now); got != tt.want {
			t.Errorf("request %d: got %v to wait, want %v", i+1, got, tt.want)
		}
	}
	if got := c.Take("bob", now); got != 0 {
		t.Errorf("somebody else: got %v to wait", got)
	}
}

func TestWhatIsGivenBackCanBeTakenAgain(t *testing.T) {
	c := New(Rate{2, time.Minute}, nil)
	for i := range 10 {
		if got := c.Take("alice", noon); got != 0 {
			t.Fatalf("request %d: got %v to wait", i+1, got)
		}
		c.Give("alice")
	}
	c.Give("bob") // has taken nothing, and gets nothing for it
	for _, caller := range []string{"alice", "bob"} {
		for range 2 {
			c.Take(caller, noon)
		}
		if got := c.Take(caller, noon); got != 30*time.Second {
			t.Errorf("%s: got %v to wait, want 30s", caller, got)
		}
	}
}

func TestALimiterHoldsNotMoreThanItsRoom(t *testing.T) {
	c := New(Rate{1, time.Minute}, nil)
	for i := range 3 * room {
		c.Take(fmt.Sprint("address ", i), noon)
		if i%1000 == 0 {
			c.Take("alice", noon) // is never forgotten, because it calls all the time
		}
	}
	if n := len(c.young) + len(c.old); n > 2*room {
		t.Errorf("got %d callers, want at most %d", n, 2*room)
	}
}

func TestANetworkIsOneCaller(t *testing.T) {
	of := func(text string) string { return Network(netip.MustParseAddr(text)) }
	if of("2001:db8::1") != of("2001:db8::ffff:2") || of("2001:db8::1") == of("2001:db8:0:1::1") {
		t.Error("the addresses of an IPv6 network are not one caller")
	}
	if of("203.0.113.1") == of("203.0.113.2") {
		t.Error("two IPv4 addresses are one caller")
	}
	if Network(netip.Addr{}) == of("203.0.113.1") {
		t.Error("an unknown address is a known one")
	}
}
