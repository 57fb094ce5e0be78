package console

import (
	"time"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
)

// Gallery returns every page in every state.
func Gallery() []page.Sample {
	start := Start{
		Places: []page.Tile{
			{Title: "The demo app", Href: "http://hello.localhost:9229", Text: "An application behind the gateway.", Code: "http://hello.localhost:9229"},
			{Title: "The outbox", Href: "/console/outbox", Text: "The messages that development caught."},
		},
		Users: []Login{{Username: "alice", About: "in the group admins", Password: seal.Secret("Example-1!")}},
	}
	mails := []Mail{
		{ID: 2, Medium: "EMAIL", To: "alice@example.com", Subject: "Your verification code", Text: "Your code is 123456.", Purpose: "confirm_sign_up", Username: "alice", Sent: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)},
		{ID: 1, Medium: "SMS", To: "+15550100", Text: "Your code is 654321", Purpose: "forgot_password", Username: "alice", Sent: time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)},
	}
	return []page.Sample{
		{Name: "start", Doc: StartDoc(start)},
		{Name: "start-empty", Doc: StartDoc(Start{})},
		{Name: "outbox", Doc: OutboxDoc(mails)},
		{Name: "outbox-empty", Doc: OutboxDoc(nil)},
	}
}
