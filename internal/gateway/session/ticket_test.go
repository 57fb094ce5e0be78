package session

import (
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
)

func newBox(t testing.TB, purpose string) *seal.Box {
	t.Helper()
	box, err := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), purpose)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestTickets(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ts := &Tickets{Box: newBox(t, "tickets"), Store: &MemoryStore{}, Now: func() time.Time { return now }}
	issue := func() string {
		t.Helper()
		text, err := ts.Issue(Ticket{Host: "a.example.com", Return: "https://a.example.com/x?y=1", Browser: BrowserHash("b1"), Handle: "handle"})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	spent := issue()
	if got, err := ts.Redeem(t.Context(), spent, "a.example.com", "b1"); err != nil || got.Handle.Reveal() != "handle" || got.Return != "https://a.example.com/x?y=1" {
		t.Fatalf("got %+v, %v; want the ticket as issued", got, err)
	}
	other := &Tickets{Box: newBox(t, "else"), Store: ts.Store, Now: ts.Now}
	foreign, _ := other.Issue(Ticket{Host: "a.example.com", Browser: BrowserHash("b1"), Handle: "handle"})
	tests := []struct {
		name, text, host, secret string
		after                    time.Duration
		want                     error
	}{
		{"twice", spent, "a.example.com", "b1", 0, ErrSpent},
		{"at another host", issue(), "b.example.com", "b1", 0, ErrTicketInvalid},
		{"in another browser", issue(), "a.example.com", "b2", 0, ErrTicketBrowser},
		{"in a browser without a secret", issue(), "a.example.com", "", 0, ErrTicketBrowser},
		{"too late", issue(), "a.example.com", "b1", TicketLife, ErrTicketExpired},
		{"of another key", foreign, "a.example.com", "b1", 0, ErrTicketInvalid},
		{"with a byte more", issue() + "A", "a.example.com", "b1", 0, ErrTicketInvalid},
		{"empty", "", "a.example.com", "b1", 0, ErrTicketInvalid},
	}
	start := now
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now = start.Add(tt.after)
			if _, err := ts.Redeem(t.Context(), tt.text, tt.host, tt.secret); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
